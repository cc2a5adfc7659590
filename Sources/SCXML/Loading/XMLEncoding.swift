import Foundation

/// What the bytes of an XML document are written in; what is read of them is UTF-8.
enum XMLEncoding {
  /// The declaration stands within so many bytes, or there is none.
  private static let declarationMax = 256

  /// The document in UTF-8, which it then says of itself; lines stay where they are.
  static func utf8(_ data: Data, file: String) throws(LoadError) -> Data {
    if data.starts(with: [0xFE, 0xFF]) { return try sixteen(data.dropFirst(2), file, isBig: true) }
    if data.starts(with: [0xFF, 0xFE]) {
      return try sixteen(data.dropFirst(2), file, isBig: false)
    }
    guard let place = declared(in: data) else { return data }
    let name = String(decoding: data[place], as: UTF8.self)
    switch name.uppercased() {
    case "UTF-8", "UTF8", "US-ASCII", "ASCII": return data
    case "ISO-8859-1", "ISO_8859-1", "LATIN1":
      var text = String.UnicodeScalarView()
      for byte in renamed(data, place) { text.append(Unicode.Scalar(byte)) }
      return Data(String(text).utf8)
    case _:
      throw LoadError(
        file: file, line: 1,
        problem: "is no XML that is read: its encoding is \(name); UTF-8, UTF-16 with a byte order "
          + "mark and ISO-8859-1 are read")
    }
  }

  private static func sixteen(
    _ data: Data, _ file: String, isBig: Bool
  ) throws(LoadError) -> Data {
    let bytes = Array(data)
    let units = stride(from: 0, to: bytes.count - 1, by: 2).map { place in
      let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
      return isBig ? first << 8 | second : second << 8 | first
    }
    guard bytes.count.isMultiple(of: 2), let text = String(validating: units, as: UTF16.self) else {
      throw LoadError(file: file, line: 0, problem: "is no XML: it begins as UTF-16, and is none")
    }
    let plain = Data(text.utf8)
    return declared(in: plain).map { renamed(plain, $0) } ?? plain
  }

  /// Where the declaration names the encoding; nil when it does not.
  private static func declared(in data: Data) -> Range<Data.Index>? {
    let mark: [UInt8] = data.starts(with: [0xEF, 0xBB, 0xBF]) ? [0xEF, 0xBB, 0xBF] : []
    let head = data.dropFirst(mark.count).prefix(declarationMax)
    guard head.starts(with: Data("<?xml".utf8)), let end = head.range(of: Data("?>".utf8)),
      let word = head[..<end.lowerBound].range(of: Data("encoding".utf8))
    else { return nil }
    let quotes = Data("'\"".utf8)
    let rest = head[word.upperBound..<end.lowerBound]
    guard let open = rest.firstIndex(where: quotes.contains),
      let close = rest[(open + 1)...].firstIndex(of: rest[open])
    else { return nil }
    return open + 1..<close
  }

  private static func renamed(_ data: Data, _ place: Range<Data.Index>) -> Data {
    data[..<place.lowerBound] + Data("UTF-8".utf8) + data[place.upperBound...]
  }
}
