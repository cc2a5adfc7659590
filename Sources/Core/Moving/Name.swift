/// A short name kept inline: at most 31 bytes of UTF-8, so that records and events stay flat.
public struct Name: Hashable, Sendable, BitwiseCopyable {
  /// The most bytes that a name holds.
  public static let limit = 31

  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  /// The empty name, which nothing is called by.
  public init() {}

  /// A name of these bytes; nil when there are more than 31 or one is zero.
  public init?(bytes: some Sequence<UInt8>) {
    var position = 0
    for byte in bytes {
      guard position < Self.limit, byte != 0 else { return nil }
      self[position] = byte
      position += 1
    }
  }

  /// The end of a longer text, with an ellipsis in front of it when it is not all.
  package init(endOf text: [UInt8]) {
    var kept = text
    if text.count > Self.limit {
      // The second and further bytes of a character would stand alone.
      let end = text.suffix(Self.limit - Self.ellipsis.count).drop { $0 & 0xC0 == 0x80 }
      kept = Self.ellipsis + end
    }
    self = Name(bytes: kept) ?? Name()
  }

  private static let ellipsis: [UInt8] = [0xE2, 0x80, 0xA6]

  /// A name known when the program is built; cut after 31 bytes.
  public init(_ text: StaticString) {
    // Safe: a StaticString with pointer representation lives for ever.
    let bytes = unsafe UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    for position in 0..<min(bytes.count, Self.limit) { self[position] = unsafe bytes[position] }
  }

  /// How many bytes stand before the first zero: 31 at most.
  public var count: Int { (0..<Self.limit).first { self[$0] == 0 } ?? Self.limit }

  /// The byte at a position below 31; zero behind the end.
  package internal(set) subscript(position: Int) -> UInt8 {
    get { UInt8(truncatingIfNeeded: word(position / 8) >> UInt64(8 * (position % 8))) }
    set {
      let shift = UInt64(8 * (position % 8))
      let changed = word(position / 8) & ~(0xFF << shift) | UInt64(newValue) << shift
      switch position / 8 {
      case 0: words.0 = changed
      case 1: words.1 = changed
      case 2: words.2 = changed
      case _: words.3 = changed
      }
    }
  }

  /// Its UTF-8, without the zeros behind it; a new array each time.
  public var bytes: [UInt8] { (0..<count).map { self[$0] } }

  private func word(_ index: Int) -> UInt64 {
    switch index {
    case 0: words.0
    case 1: words.1
    case 2: words.2
    case _: words.3
    }
  }

  /// Whether both have the same bytes: words are compared, since unused bytes are zero.
  public static func == (left: Name, right: Name) -> Bool { left.words == right.words }

  /// Feeds all 32 bytes, in words.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}

extension String {
  /// Bytes of anybody's as a piece of a line: control characters of ASCII are replaced as well as
  /// what is no UTF-8.
  package init(shown bytes: [UInt8]) {
    var kept: [UInt8] = []
    for byte in bytes {
      if byte < 0x20 || byte == 0x7F {
        // U+FFFD, the replacement character.
        kept += [0xEF, 0xBF, 0xBD]
      } else {
        kept.append(byte)
      }
    }
    self = String(decoding: kept, as: UTF8.self)
  }
}

extension Name: CustomStringConvertible {
  /// The name as text; what is no UTF-8, and what would end a line or move the cursor of a
  /// terminal, is replaced: it may be a stranger's.
  public var description: String { String(shown: bytes) }

  /// A name of this text; nil when it has more than 31 bytes of UTF-8 or a NUL.
  public init?(text: String) { self.init(bytes: text.utf8) }
}
