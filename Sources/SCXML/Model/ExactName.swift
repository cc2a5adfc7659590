/// An id, or the name of an event or a variable, as XML and SCXML compare it: by its code points.
/// Swift takes two texts for one that look alike, such as é as one code point and as two.
struct ExactName: Hashable, Sendable {
  let text: String

  init(_ text: some StringProtocol) { self.text = String(text) }

  static func == (one: ExactName, other: ExactName) -> Bool {
    one.text.utf8.elementsEqual(other.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
    hasher.combine(0xFF as UInt8)
  }
}
