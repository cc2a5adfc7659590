import ArgumentParser
import BatonHost
import BatonLab

/// Who is killed where, as users write it: `source@offered`.
struct KillArgument: ExpressibleByArgument {
  let value: KillPoint

  init?(argument: String) {
    guard let value = KillPoint(argument) else { return nil }
    self.value = value
  }
}
