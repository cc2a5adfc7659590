import BatonCore

/// The charts of the tests.
extension Blueprint {
  /// Closed, opened and locked; opened it closes by itself.
  static var door: Blueprint {
    let door = Blueprint()
    door.states = [
      .init(name: "door", initial: 1), .init(name: "closed", entry: [1]),
      .init(name: "opened", entry: [3], exit: [4], ignored: [1], refused: [3]),
      .init(name: "locked"),
    ]
    door.events = ["pull", "push", "turn", "knock"]
    door.guards = ["isFree"]
    door.actions = ["latch", "creak", "count", "sigh"]
    door.delays = [("patience", 1_000_000_000_000)]
    door.transitions = [
      .init(source: 1, event: 1, guard: 1, actions: [2], targets: [2]),
      .init(source: 1, event: 3, targets: [3]),
      .init(source: 2, event: 2, targets: [1]),
      .init(source: 2, delay: 1, targets: [1]),
      .init(source: 3, event: 3, unless: 1, targets: [1]),
      .init(source: 3, event: 4),
    ]
    return door
  }

  /// Two regions that change together and end together.
  static var regions: Blueprint {
    let chart = Blueprint()
    chart.states = [
      .init(name: "pair", initial: 1), .init(name: "both", kind: 1, entry: [1]),
      .init(name: "left", parent: 1, initial: 3),
      .init(name: "l1", parent: 2, entry: [2], exit: [4]), .init(name: "l2", parent: 2),
      .init(name: "right", parent: 1, initial: 6),
      .init(name: "r1", parent: 5, entry: [3], exit: [5]), .init(name: "r2", parent: 5),
      .init(name: "lEnd", kind: 2, parent: 2), .init(name: "rEnd", kind: 2, parent: 5),
      .init(name: "over", kind: 2),
    ]
    chart.events = ["change", "end"]
    chart.actions = ["a", "b", "c", "leaveL", "leaveR", "doL", "doR", "last"]
    chart.transitions = [
      .init(source: 3, event: 1, actions: [6], targets: [4]),
      .init(source: 6, event: 1, actions: [7], targets: [7]),
      .init(source: 4, event: 2, targets: [8]), .init(source: 7, event: 2, targets: [9]),
      .init(source: 1, event: 0x7FFF_FFFE, actions: [8], targets: [10]),
    ]
    return chart
  }

  /// A state with both kinds of history.
  static var player: Blueprint {
    let chart = Blueprint()
    chart.states = [
      .init(name: "player", initial: 1), .init(name: "off"), .init(name: "on", initial: 3),
      .init(name: "radio", parent: 2), .init(name: "tape", parent: 2, initial: 6),
      .init(name: "last", kind: 3, parent: 2), .init(name: "play", parent: 4),
      .init(name: "wind", parent: 4), .init(name: "exactly", kind: 4, parent: 2),
    ]
    chart.events = ["change", "power", "wake", "turn"]
    chart.transitions = [
      .init(source: 1, event: 2, targets: [5]), .init(source: 1, event: 3, targets: [8]),
      .init(source: 2, event: 2, targets: [1]), .init(source: 3, event: 1, targets: [4]),
      .init(source: 4, event: 1, targets: [3]), .init(source: 5, targets: [3]),
      .init(source: 6, event: 4, targets: [7]), .init(source: 7, event: 4, targets: [6]),
      .init(source: 8, targets: [3]),
    ]
    return chart
  }

  /// Defers jobs while it is busy.
  static var worker: Blueprint {
    let chart = Blueprint()
    chart.states = [
      .init(name: "worker", initial: 1), .init(name: "idle"), .init(name: "busy", deferred: [2]),
    ]
    (chart.events, chart.actions) = (["begin", "job", "end"], ["work"])
    chart.transitions = [
      .init(source: 1, event: 1, targets: [2]), .init(source: 1, event: 2, actions: [1]),
      .init(source: 2, event: 3, targets: [1]),
    ]
    return chart
  }

  /// One state that runs two actions on the first event, and one on each of the others.
  static var asker: Blueprint {
    let chart = Blueprint()
    chart.states = [.init(name: "asker", initial: 1), .init(name: "only")]
    (chart.events, chart.actions) = (["go", "inner", "outer"], ["one", "two", "three", "four"])
    chart.transitions = [
      .init(source: 1, event: 1, actions: [1, 2]), .init(source: 1, event: 2, actions: [3]),
      .init(source: 1, event: 3, actions: [4]),
    ]
    return chart
  }
}

/// ``Blueprint/door`` in Swift.
enum DoorChart: Chart {
  enum State: UInt8, Symbol { case closed, opened, locked }
  enum Event: UInt8, Symbol, Message { case pull, push, turn, knock }
  enum Guard: UInt8, Symbol { case isFree }
  enum Action: UInt8, Symbol { case latch, creak, count, sigh }
  enum Delay: UInt8, Symbol { case patience }
  struct Memory: Hashable, Sendable {}

  static let name: StaticString = "door"

  static var definition: Definition<Self> {
    chart(initial: .closed) {
      state(.closed, entry: .latch) {
        on(.pull, if: .isFree, do: .creak, to: .opened)
        on(.turn, to: .locked)
      }
      state(.opened, entry: .count, exit: .sigh) {
        ignore(.pull)
        refuse(.turn)
        on(.push, to: .closed)
        after(.patience, to: .closed)
      }
      state(.locked) {
        on(.turn, unless: .isFree, to: .closed)
        on(.knock)
      }
    }
  }

  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool { true }
  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {}
  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 1 }
}
