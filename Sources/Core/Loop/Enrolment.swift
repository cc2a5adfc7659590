/// A registration of a loop that is switched on and off, until it is dropped: what ``Watch`` and
/// ``WatchGroup`` have in common.
struct Enrolment: ~Copyable {
  let loop: any Loop
  let registration: Registration
  private(set) var isActive: Bool

  init(_ loop: any Loop, _ registration: Registration, isActive: Bool) {
    self.loop = loop
    self.registration = registration
    self.isActive = isActive
  }

  deinit { loop.remove(registration) }

  mutating func suspend() {
    guard isActive else { return }
    isActive = false
    loop.suspend(registration)
  }

  mutating func resume() {
    guard !isActive else { return }
    isActive = true
    loop.resume(registration)
  }
}

@available(*, unavailable)
extension Enrolment: Sendable {}
