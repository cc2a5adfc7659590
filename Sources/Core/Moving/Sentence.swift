/// A text that is put together of literals and values, for what is read when something is wrong:
/// each piece is a call, where `String` has its own way of joining written out at every place.
package struct Sentence: ExpressibleByStringInterpolation {
  /// The whole.
  package private(set) var text: String

  /// Takes a literal as it is.
  @inline(never)
  package init(stringLiteral literal: StaticString) { text = "\(literal)" }

  /// Takes what was put together.
  @inline(never)
  package init(stringInterpolation pieces: Pieces) { text = pieces.text }

  /// A text that was made elsewhere.
  @inline(never)
  package init(_ text: String) { self.text = text }

  /// One behind the other.
  @inline(never)
  package static func + (left: Sentence, right: Sentence) -> Sentence {
    Sentence(left.text + right.text)
  }

  /// Puts one behind the other.
  @inline(never)
  package static func += (left: inout Sentence, right: Sentence) { left.text += right.text }

  /// Collects the pieces.
  package struct Pieces: StringInterpolationProtocol {
    fileprivate var text = ""

    /// Nothing is known yet; the numbers are of no use.
    @inline(never)
    package init(literalCapacity: Int, interpolationCount: Int) {}

    /// A piece as it stands there.
    @inline(never)
    package mutating func appendLiteral(_ literal: StaticString) { text += "\(literal)" }

    /// A text.
    @inline(never)
    package mutating func appendInterpolation(_ text: String) { self.text += text }

    /// A part that is a sentence itself.
    package mutating func appendInterpolation(_ sentence: Sentence) {
      appendInterpolation(sentence.text)
    }

    /// A number.
    @inline(never)
    package mutating func appendInterpolation(_ number: Int) { text += "\(number)" }

    /// A number, in whichever width.
    package mutating func appendInterpolation(_ number: some FixedWidthInteger) {
      appendInterpolation(Int(number))
    }

    /// A number that may be too large for `Int`.
    @inline(never)
    package mutating func appendInterpolation(_ number: UInt64) { text += "\(number)" }

    /// A value, as users write it.
    @inline(never)
    package mutating func appendInterpolation(_ value: Refusal.Value) { text += value.description }

    /// A text that is known when the program is built.
    package mutating func appendInterpolation(_ text: StaticString) { appendLiteral(text) }
  }
}
