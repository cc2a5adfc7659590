/// A registration of a loop that is switched on and off: what ``Watch`` and ``WatchGroup`` have in
/// common.
///
/// They end it when they are dropped; Embedded Swift cannot see from another module that a part of
/// theirs has something to do then.
struct Enrolment {
  let loop: any Loop
  let registration: Registration
  private(set) var isActive: Bool

  init(_ loop: any Loop, _ registration: Registration, isActive: Bool) {
    self.loop = loop
    self.registration = registration
    self.isActive = isActive
  }

  func end() { loop.remove(registration) }

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
