import BatonCore

/// The payload of FAILED and CANCEL: why, and the same in the words of whoever says it, for the log
/// of a peer that knows fewer causes. Nothing is decided by the words.
struct RefusalNotice: Hashable, Sendable {
  /// Why; seen from the side that reads it.
  let refusal: Refusal
  /// A sentence in UTF-8, at most 255 bytes; empty from a sender without words (Embedded Swift).
  let words: [UInt8]

  /// The most bytes of the sentence.
  static let wordsMax = 255

  /// What this side says.
  init(_ refusal: Refusal) {
    self.init(refusal, words: Self.cut(Array(refusal.description.utf8)))
  }

  /// A refusal in these words, at most 255 bytes.
  init(_ refusal: Refusal, words: [UInt8]) {
    self.refusal = refusal
    self.words = words
  }

  /// What the other side said; nothing at all is what a user's cancel was before it had a payload.
  init(_ bytes: borrowing RawSpan) throws(ByteCursor.Ended) {
    guard !bytes.isEmpty else {
      refusal = Refusal(.cancelled)
      words = []
      return
    }
    var cursor = ByteCursor()
    refusal = try Refusal(bytes, at: &cursor).seenFromHere
    var words: [UInt8] = []
    let count = cursor.hasMore(bytes) ? try cursor.byte(bytes) : 0
    for _ in 0..<count { words.append(try cursor.byte(bytes)) }
    self.words = words
  }

  func write(into writer: inout ByteWriter) {
    refusal.write(into: &writer)
    writer.write(UInt8(words.count))
    writer.write(words)
  }

  /// Cuts between two characters.
  static func cut(_ text: [UInt8]) -> [UInt8] {
    guard text.count > wordsMax else { return text }
    var end = wordsMax
    while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
    return Array(text[..<end])
  }
}

extension RefusalNotice: CustomStringConvertible {
  /// This side's sentence, and behind it the other's where this one has no words for all of it.
  var description: String {
    if refusal.isKnown || words.isEmpty { return refusal.description }
    // It goes into a log: what is no text, or would move the cursor of a terminal, is replaced.
    let text = String(decoding: words, as: UTF8.self).unicodeScalars.map { scalar in
      scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value ? "\u{FFFD}" : scalar
    }
    return "\(refusal): " + String(String.UnicodeScalarView(text))
  }

  /// The sentence for a refusal, given what the other side said last.
  static func text(of refusal: Refusal, told notice: RefusalNotice?) -> String {
    guard let notice, notice.refusal == refusal else { return refusal.description }
    return notice.description
  }
}
