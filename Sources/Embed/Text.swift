import BatonCore

/// Texts of fixed length in structs of the interface, and strings that callers give.
enum Text {
  /// Puts text into an array of characters, cut to its length, with NUL behind it.
  static func put<Characters>(_ text: some Sequence<UInt8>, into array: inout Characters) {
    // Safe: an array of characters of C is its bytes.
    unsafe withUnsafeMutableBytes(of: &array) { bytes in
      var place = 0
      for byte in text {
        guard place < bytes.count - 1, byte != 0 else { break }
        unsafe bytes[place] = byte
        place += 1
      }
      while place < bytes.count {
        // Safe: as above.
        unsafe bytes[place] = 0
        place += 1
      }
    }
  }

  /// The bytes before the first NUL of an array of characters.
  static func bytes<Characters>(of array: Characters) -> [UInt8] {
    // Safe: an array of characters of C is its bytes.
    unsafe withUnsafeBytes(of: array) { bytes in unsafe Array(bytes.prefix { $0 != 0 }) }
  }

  /// The bytes of a string, of which no more than `limit` are looked at; nil for NULL and for a
  /// longer one.
  static func bytes(_ text: UnsafePointer<CChar>?, limit: Int) -> [UInt8]? {
    // Safe: what is not NULL ends with NUL, and is read no further.
    guard let text = unsafe text else { return nil }
    var result: [UInt8] = []
    while true {
      // Safe: no byte before this one was NUL.
      let byte = unsafe UInt8(bitPattern: text[result.count])
      if byte == 0 { return result }
      guard result.count < limit else { return nil }
      result.append(byte)
    }
  }

  /// A name that a caller gave.
  static func name(_ text: UnsafePointer<CChar>?) throws(Hindrance) -> Name {
    // Safe: what is not NULL ends with NUL.
    guard unsafe text != nil else { throw .rule("a name is NULL") }
    // Safe: as above.
    guard let bytes = unsafe bytes(text, limit: Name.limit), let name = Name(bytes: bytes),
      name.count > 0
    else {
      throw unsafe .refusal(
        Refusal(.invalid, here: .name(Name("a name of 1 to 31 bytes")), there: shown(text)),
        text: nil)
    }
    return name
  }

  /// What a caller gave, for a refusal of it: its end, if it is longer than a name.
  static func shown(_ text: UnsafePointer<CChar>?) -> Refusal.Value {
    // Safe: what is not NULL ends with NUL.
    unsafe bytes(text, limit: .max).map { .name(Name(endOf: $0)) } ?? .none
  }

  /// Writes text with NUL behind it, as far as there is room; answers how many bytes it has.
  static func copy(
    _ text: String, to place: UnsafeMutablePointer<CChar>?, _ capacity: Int
  ) -> Int {
    let bytes = Array(text.utf8)
    // Safe: the caller's place, or NULL.
    guard let place = unsafe place, capacity > 0 else { return bytes.count }
    let count = min(bytes.count, capacity - 1)
    // Safe: the place has room for `capacity` bytes.
    for index in 0..<count { unsafe place[index] = CChar(bitPattern: bytes[index]) }
    unsafe place[count] = 0
    return bytes.count
  }
}
