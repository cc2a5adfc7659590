import BatonCore
import BatonTesting

/// A lamp on a timer, of which nobody has said how it is tested.
enum Lamp: Chart {
  enum State: UInt8, Symbol { case dark, lit }
  enum Event: UInt8, Symbol, Message { case press }
  enum Delay: UInt8, Symbol { case patience }
  struct Memory: Hashable {}

  static let name: StaticString = "Lamp"
  static var definition: Definition<Self> {
    chart(initial: .dark) {
      state(.dark) { on(.press, to: .lit) }
      state(.lit) {
        on(.press, to: .dark)
        after(.patience, to: .dark)
      }
    }
  }

  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 60_000_000_000 }
}

/// A chart that says something impossible, and that is tested nevertheless.
enum Wrong: TestedChart {
  enum State: UInt8, Symbol { case here, there }
  enum Event: UInt8, Symbol, Message { case go }
  struct Memory: Hashable {}

  static let name: StaticString = "Wrong"
  static var definition: Definition<Self> {
    chart(initial: .here) { state(.here) { on(.go, to: .there) } }
  }
  static var test: ChartTest<Wrong> { ChartTest(Wrong.self, memory: .init(), events: [.go]) }
}

/// A gate that may never be left open, and is; where it is shut it does not mention `close`, and
/// what is broken stays so.
enum Gate: TestedChart {
  enum State: UInt8, Symbol { case shut, open, broken }
  enum Event: UInt8, Symbol, Message { case open, close, kick }
  struct Memory: Hashable {}

  static let name: StaticString = "Gate"
  static var definition: Definition<Self> {
    chart(initial: .shut) {
      state(.shut) {
        on(.open, to: .open)
        on(.kick, to: .broken)
      }
      state(.open) {
        on(.close, to: .shut)
        ignore(.open, .kick)
      }
      state(.broken) { ignore(.open, .close, .kick) }
    }
  }

  static var test: ChartTest<Gate> {
    var test = ChartTest(Gate.self, memory: .init(), events: Event.allCases)
    test.expectsEvents = false
    test.invariants = [("nobody kicks it", { $0.state != .broken })]
    return test
  }
}

/// Two lamps, of which one forgets about the other.
enum Lights: Chart {
  enum State: UInt8, Symbol { case both, left, dark, bright, right, cold, warm }
  enum Event: UInt8, Symbol, Message { case press, heat }
  struct Memory: Hashable {}

  static let name: StaticString = "Lights"
  static var definition: Definition<Self> {
    chart(initial: .both) {
      parallel(.both) {
        state(.left, initial: .dark) {
          on(.press, to: .bright)
          state(.dark) { on(.heat, to: .bright) }
          state(.bright) { ignore(.heat) }
        }
        state(.right, initial: .cold) {
          on(.heat, to: .warm, internal: true)
          ignore(.press)
          state(.cold) {}
          state(.warm) {}
        }
      }
    }
  }
}
