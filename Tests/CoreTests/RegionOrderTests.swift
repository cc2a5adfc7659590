import Testing

@testable import BatonCore

/// What regions do together is done in the order of SCXML 3.13: exits from the last region to the
/// first, then contents and entries from the first to the last.
@Suite(.timeLimit(.minutes(10))) struct RegionOrderTests {
  private enum Pair: Chart {
    enum State: UInt8, Symbol { case both, left, a, b, right, c, d }
    enum Event: UInt8, Symbol, Message { case flip }
    enum Action: UInt8, Symbol {
      case exitA, exitC, moveLeft, moveRight, enterB, enterD, more
    }
    struct Memory: Hashable, Sendable { var log: [Action] = [] }

    static let name: StaticString = "Pair"

    static var definition: Definition<Self> {
      chart(initial: .both) {
        parallel(.both) {
          state(.left, initial: .a) {
            state(.a, exit: .exitA, .more) { on(.flip, do: .moveLeft, to: .b) }
            state(.b, entry: .enterB)
          }
          state(.right, initial: .c) {
            state(.c, exit: .exitC) { on(.flip, do: .moveRight, .more, to: .d) }
            state(.d, entry: .enterD)
          }
        }
      }
    }

    static func run(
      _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
    ) { memory.log.append(action) }
  }

  @Test(arguments: [true, false]) func `the last region is left first`(hasLanes: Bool) throws {
    let table = Table<Pair>(Plan(Pair.definition), hasLanes: hasLanes)
    var machine = Machine(table, memory: .init())
    var outbox = Outbox<Pair>()
    try machine.start(at: 0, into: &outbox)
    #expect(try machine.send(.flip, at: 1, into: &outbox) == .taken)
    #expect(
      machine.memory.log == [
        .exitC, .exitA, .more, .moveLeft, .moveRight, .more, .enterB, .enterD,
      ])
  }
}
