import BatonCore
import BatonTesting

/// A door with a code: three wrong ones block it for a while.
enum Door: Chart {
  enum State: UInt8, Symbol { case closed, open, blocked }
  enum Event: UInt8, Symbol, Message { case right, wrong, close }
  enum Guard: UInt8, Symbol { case isThird }
  enum Action: UInt8, Symbol { case count, forget, ring }
  enum Effect: UInt8, Symbol, Message { case bell }
  enum Delay: UInt8, Symbol { case penalty }
  struct Memory: Hashable, Sendable { var wrong = 0 }

  static let name: StaticString = "Door"
  static let table = Table<Door>.trusted()

  static var definition: Definition<Door> {
    chart(initial: .closed) {
      state(.closed) {
        on(.right, do: .forget, to: .open)
        on(.wrong, if: .isThird, do: .ring, to: .blocked)
        on(.wrong, do: .count)
        ignore(.close)
      }
      state(.open) {
        on(.close, to: .closed)
        ignore(.right, .wrong)
      }
      state(.blocked) {
        after(.penalty, do: .forget, to: .closed)
        ignore(.right, .wrong, .close)
      }
    }
  }

  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    memory.wrong >= 2
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Door>
  ) {
    switch action {
    case .count: memory.wrong += 1
    case .forget: memory.wrong = 0
    case .ring: outbox.emit(.bell)
    }
  }

  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 1_000 }

  static var test: ChartTest<Door> {
    var test = ChartTest(Door.self, memory: .init(), events: [.right, .wrong, .close])
    test.invariants = [
      ("no more than two wrong codes are counted", { $0.memory.wrong <= 2 }),
      ("an open door forgets", { $0.state != .open || $0.memory.wrong == 0 }),
    ]
    test.mayRest = { $0.state != .blocked }
    return test
  }
}
