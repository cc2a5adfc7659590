import BatonCore

// The code of Sources/Core/BatonCore.docc/WriteAChart.md.

enum Hall: Chart {
  enum State: UInt8, Symbol { case shut, open }
  enum Event: UInt8, Symbol, Message { case unlock, lock }
  struct Memory: Hashable {}

  static let name: StaticString = "Hall"
  static var definition: Definition<Self> {
    chart(initial: .shut) {
      state(.shut) {
        on(.unlock, to: .open)
        ignore(.lock)
      }
      state(.open) {
        on(.lock, to: .shut)
        ignore(.unlock)
      }
    }
  }
}

enum Entrance: Invocation {
  typealias Parent = Hall
  typealias Child = Turnstile
  static var name: StaticString { "Entrance" }
  static var state: Hall.State { .open }

  static func begin(_ hall: Hall.Memory, _ event: Hall.Event?) -> Turnstile.Memory { .init() }
}

final class EntranceDriver: Driver<Invoking<Entrance>> {
  private(set) var isReleased = false

  override func perform(_ effect: Invoking<Entrance>.Effect) {
    switch effect {
    case .parent: break
    case .child(.release): isReleased = true
    case .child(.bar): isReleased = false
    }
  }
}
