import BatonCore
import BatonTesting

enum Upload: Chart {
  enum State: UInt8, Symbol { case idle, sending, waiting, failed }
  enum Event: UInt8, Symbol, Message { case start, ok, error }
  enum Guard: UInt8, Symbol { case isLastTry }
  enum Action: UInt8, Symbol { case count, forget }
  enum Delay: UInt8, Symbol { case backoff }
  typealias Effect = NoSymbol
  struct Memory: Hashable { var tries = 0 }

  static let name: StaticString = "Upload"
  static var definition: Definition<Upload> {
    chart(initial: .idle) {
      state(.idle) {
        on(.start, to: .sending)
        ignore(.ok, .error)
      }
      state(.sending, entry: .count) {
        on(.ok, to: .idle)
        on(.error, if: .isLastTry, to: .failed)
        on(.error, to: .waiting)
        ignore(.start)
      }
      state(.waiting) {
        after(.backoff, to: .sending)
        ignore(.start, .ok, .error)
      }
      state(.failed) {
        on(.start, do: .forget, to: .sending)
        ignore(.ok, .error)
      }
    }
  }

  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    memory.tries >= 3
  }
  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Upload>
  ) {
    switch action {
    case .count: memory.tries += 1
    case .forget: memory.tries = 0
    }
  }
  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 1_000_000_000 }
}

var uploadTest: ChartTest<Upload> {
  var test = ChartTest(Upload.self, memory: .init(), events: [.start, .ok, .error])
  test.invariants = [
    ("three tries at most", { $0.memory.tries <= 3 }),
    ("an idle upload has forgotten its tries", { $0.state != .idle || $0.memory.tries == 0 }),
  ]
  test.mayRest = { $0.state == .idle || $0.state == .failed || $0.state == .sending }
  return test
}
