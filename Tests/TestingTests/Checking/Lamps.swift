import BatonCore

/// Two lamps that are switched each by itself: a chart with two regions.
enum Lamps: Chart {
  enum State: UInt8, Symbol { case both, one, other, leftOff, leftOn, rightOff, rightOn }
  enum Event: UInt8, Symbol, Message { case left, right }
  struct Memory: Hashable, Sendable {}

  static let name: StaticString = "Lamps"

  static var definition: Definition<Lamps> {
    chart(initial: .both) {
      parallel(.both) {
        state(.one, initial: .leftOff) {
          state(.leftOff) { on(.left, to: .leftOn) }
          state(.leftOn) { on(.left, to: .leftOff) }
        }
        state(.other, initial: .rightOff) {
          state(.rightOff) { on(.right, to: .rightOn) }
          state(.rightOn) { on(.right, to: .rightOff) }
        }
      }
    }
  }
}
