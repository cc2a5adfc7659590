import Testing

@testable import BatonCore

@Suite(.timeLimit(.minutes(15))) struct TimerListTests {
  /// The same, searched for: what a timer list is to do, said as plainly as can be.
  private struct Model {
    var armed: [(id: Int, deadline: UInt64, order: UInt64)] = []
    var count: UInt64 = 0

    mutating func arm(_ id: Int, _ deadline: UInt64) {
      disarm(id)
      count += 1
      armed.append((id, deadline, count))
    }

    mutating func disarm(_ id: Int) { armed.removeAll { $0.id == id } }

    mutating func takeDue(_ moment: UInt64, _ count: UInt64) -> Int? {
      let due = armed.filter { $0.deadline <= moment && $0.order <= count }
      let next = due.min { ($0.deadline, $0.order) < ($1.deadline, $1.order) }
      if let next { disarm(next.id) }
      return next?.id
    }
  }

  @Test(arguments: 0..<20)
  func `timers come in order, whatever is armed, moved, disarmed and removed`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let (list, recorder) = (TimerList(), Recorder())
    var (model, known, nextID) = (Model(), [Int: Registration](), 0)
    for _ in 0..<2_000 {
      let id = known.keys.sorted().randomElement(using: &random)
      switch (Int.random(in: 0..<8, using: &random), id) {
      case (0, _), (_, nil):
        known[nextID] = list.add(watcher: recorder, watch: nextID)
        nextID += 1
      case (1, .some(let id)):
        list.remove(known[id]!)
        known[id] = nil
        model.disarm(id)
      case (2, .some(let id)):
        list.disarm(known[id]!)
        model.disarm(id)
      case (3, _):
        let (moment, back) = (
          UInt64.random(in: 0..<50, using: &random), UInt64.random(in: 0..<5, using: &random)
        )
        let count = list.armingCount - min(back, list.armingCount)
        let (found, expected) = (
          list.takeDue(at: moment, armedUpTo: count)?.watch, model.takeDue(moment, count)
        )
        #expect(found == expected)
      case (_, .some(let id)):
        let deadline = UInt64.random(in: 0..<50, using: &random)
        list.arm(known[id]!, at: deadline)
        model.arm(id, deadline)
      }
      #expect(list.nextDeadline == model.armed.map(\.deadline).min())
    }
    #expect(nextID > 100)
  }
}
