import ArgumentParser
import BatonCore
import BatonNet
import Foundation

/// A TAP in QEMU's words (`-netdev tap,…`), looked at before anything is opened.
struct NetdevArgument: ExpressibleByArgument {
  let id: String?
  let options: TapOptions
  /// Why it is none; told when the command line is looked at as a whole.
  let mistake: String?

  init?(argument: String) {
    var error = TapArgumentError()
    let arguments = TapArguments(parsing: Array(argument.utf8), noting: &error)
    var options = TapOptions()
    do throws(TapArgumentError) { options = try arguments.options() } catch let more {
      error.mistakes += more.mistakes
    }
    id = arguments[.id].map { String(decoding: $0, as: UTF8.self) }
    self.options = options
    mistake = error.mistakes.isEmpty ? nil : "--netdev \(argument): \(error)"
  }

  /// Looks at several of them: none is wrong, no name and no descriptor is said twice, and each
  /// descriptor was given to this process.
  static func check(_ all: [NetdevArgument], _ kernel: Kernel = Kernel()) throws {
    let mistakes = all.compactMap(\.mistake)
    guard mistakes.isEmpty else { throw ValidationError(mistakes.joined(separator: "\n")) }
    var ids: Set<String> = []
    var numbers: Set<CInt> = []
    for netdev in all {
      if let id = netdev.id {
        guard Name(text: id) != nil, !id.isEmpty else {
          throw ValidationError("--netdev id=\(id) is not possible: 1 to 31 bytes are")
        }
        guard ids.insert(id).inserted else { throw ValidationError("two netdevs are named \(id)") }
      }
      for number in (netdev.options.fds ?? []) + netdev.options.vhostFDs {
        guard number > 2 else {
          throw ValidationError(
            "descriptor \(number) is the process's own: those that are given are 3 and above")
        }
        guard !numbers.contains(number) else {
          throw ValidationError("descriptor \(number) is given to two netdevs")
        }
        guard kernel.isOpen(number) else {
          throw ValidationError("descriptor \(number) was not given to this process")
        }
        if let other = numbers.first(where: { isSame($0, number, kernel) }) {
          throw ValidationError("descriptors \(other) and \(number) are the same open file")
        }
        numbers.insert(number)
      }
    }
  }

  /// One open file under two numbers; a kernel that cannot say it (kcmp(2)) finds none.
  private static func isSame(_ one: CInt, _ other: CInt, _ kernel: Kernel) -> Bool {
    do throws(SystemError) { return try kernel.isSameFile(one, other) } catch { return false }
  }
}
