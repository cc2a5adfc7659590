import Testing

@testable import BatonVhostUser

/// What is counted as a guest's change from one VMM to another, and from when to when.
@Suite(.timeLimit(.minutes(15))) struct ChangeoverTests {
  /// Two VMMs with two rings each; every message takes 5 of its 10 units of time, and
  /// for 3 of them a processor.
  private struct Scene {
    var clock = ChangeoverClock()
    private var time: UInt64 = 0
    private var running = [0, 0]

    init(running first: Int = 2) { running[0] = first }

    /// A message after which so many rings of a VMM run; nil for one that changes none.
    mutating func message(_ place: UInt8, running count: Int? = nil, given: Bool = false) {
      time += 10
      if let count, count != running[Int(place)] {
        clock.rings(of: place, run: count, insteadOf: running[Int(place)])
        running[Int(place)] = count
      }
      if given { clock.given(to: 1 - place, running: running[1 - Int(place)]) }
      clock.worked(Spell(began: time, ended: time + 5, processorNanos: 3))
    }
  }

  @Test func `from the last ring's stop to the first ring's start`() {
    var scene = Scene()
    scene.message(0, running: 1)
    scene.message(0, running: 0)
    scene.message(1)
    scene.message(1, running: 1)
    scene.message(1, running: 2)
    // At 20, 30 and 40, each for 5.
    #expect(scene.clock.last == Changeover(nanos: 25, ownNanos: 15, processorNanos: 9))
    #expect(scene.clock.count == 1)
  }

  @Test func `a VMM that has started too early is served when the other one stops`() {
    var scene = Scene()
    scene.message(1, running: 2)
    scene.message(0, running: 1)
    scene.message(0, running: 0, given: true)
    #expect(scene.clock.last == Changeover(nanos: 5, ownNanos: 5, processorNanos: 3))
  }

  @Test func `a guest that uses fewer rings, or stops and goes on, has not changed`() {
    var scene = Scene(running: 8)
    scene.message(0, running: 2)
    for _ in 0..<100 { scene.message(0) }
    scene.message(0, running: 0)
    scene.message(0, running: 2)
    #expect(scene.clock.count == 0)
    scene.message(0, running: 0)
    scene.message(1, running: 2)
    // Counted from its stop, and not from when it used fewer.
    #expect(scene.clock.last == Changeover(nanos: 15, ownNanos: 10, processorNanos: 6))
  }

  @Test func `who comes when nobody was left has taken over from nobody`() {
    var scene = Scene()
    scene.message(0, running: 0)
    scene.clock.forget()
    scene.message(1, running: 2)
    #expect(scene.clock.count == 0 && scene.clock.last == nil)
  }
}
