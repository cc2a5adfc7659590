import Foundation

/// What ends the toolchain's parser of XML, found before it is asked: it hands declarations on and
/// processing instructions, and takes for granted that each has all of its parts.
struct XMLMarkup {
  private let bytes: [UInt8]
  private let file: String
  private var place = 0
  /// Where processing instructions have a name and nothing else: at their `?>`.
  private var bare: [Int] = []

  /// The same document with a blank behind the name of each instruction that has no more; lines
  /// stay where they are.
  ///
  /// - Parameter data: UTF-8.
  /// - Throws: `LoadError` with the line of a declaration that is not read.
  static func harmless(_ data: Data, file: String) throws(LoadError) -> Data {
    var markup = XMLMarkup(bytes: Array(data), file: file)
    try markup.scan()
    guard !markup.bare.isEmpty else { return data }
    var (result, from) = (Data(), 0)
    for end in markup.bare {
      result += markup.bytes[from..<end] + [UInt8(ascii: " ")]
      from = end
    }
    return result + markup.bytes[from...]
  }

  private init(bytes: [UInt8], file: String) { (self.bytes, self.file) = (bytes, file) }

  private mutating func scan() throws(LoadError) {
    while let next = bytes[place...].firstIndex(of: UInt8(ascii: "<")) {
      place = next
      if skip("<!--") {
        pass("-->")
      } else if skip("<![CDATA[") {
        pass("]]>")
      } else if skip("<?") {
        instruction()
      } else if skip("<!DOCTYPE") {
        _ = declaration(until: "[>")
      } else if skip("<!ENTITY") {
        try entity(at: next)
      } else if skip("<!ATTLIST") || skip("<!NOTATION") {
        let name = String(decoding: bytes[(next + 2)..<place], as: UTF8.self)
        throw mistake(next, "a declaration of \(name) is not read; ELEMENT and ENTITY are")
      } else {
        place += 1
      }
    }
  }

  /// A name, and all up to the end.
  private mutating func instruction() {
    let blanks = Array(" \t\r\n".utf8)
    while place < bytes.count, !blanks.contains(bytes[place]) {
      if starts(with: "?>") {
        bare.append(place)
        break
      }
      place += 1
    }
    pass("?>")
  }

  /// A text that a document names: the parser reads it where it is named, with all that it holds.
  private mutating func entity(at start: Int) throws(LoadError) {
    let (words, literals) = declaration(until: ">")
    if words.contains("%") {
      throw mistake(start, "a parameter entity (%) is not read")
    }
    // Behind its name, which may be any.
    let rest = words.split(whereSeparator: \.isWhitespace).dropFirst()
    if rest.contains("NDATA") {
      throw mistake(start, "an entity of data (NDATA) is not read")
    }
    // What is elsewhere is not fetched.
    if rest.first == "SYSTEM" || rest.first == "PUBLIC" { return }
    if literals.contains(where: { Self.resolved($0).contains("<?") }) {
      throw mistake(start, "an entity with a processing instruction is not read")
    }
  }

  /// Takes what stands before one of the ends; in quotes none is one.
  private mutating func declaration(until ends: String) -> (words: String, literals: [String]) {
    let ends = Array(ends.utf8)
    var (words, literals): ([UInt8], [String]) = ([], [])
    while place < bytes.count, !ends.contains(bytes[place]) {
      let byte = bytes[place]
      place += 1
      guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") else {
        words.append(byte)
        continue
      }
      words.append(UInt8(ascii: " "))
      let close = bytes[place...].firstIndex(of: byte) ?? bytes.count
      literals.append(String(decoding: bytes[place..<close], as: UTF8.self))
      place = min(close + 1, bytes.count)
    }
    return (String(decoding: words, as: UTF8.self), literals)
  }

  /// An entity's text with the characters that it has by their numbers.
  private static func resolved(_ text: String) -> String {
    text.replacing(/&#(?:x([0-9A-Fa-f]+)|([0-9]+));/) { match in
      let number =
        match.output.1.map { UInt32($0, radix: 16) } ?? match.output.2.flatMap { UInt32($0) }
      return number.flatMap { Unicode.Scalar($0) }.map { String($0) } ?? ""
    }
  }

  private func starts(with text: String) -> Bool {
    bytes[place...].starts(with: text.utf8)
  }

  private mutating func skip(_ text: String) -> Bool {
    guard starts(with: text) else { return false }
    place += text.utf8.count
    return true
  }

  private mutating func pass(_ end: String) {
    while place < bytes.count, !skip(end) { place += 1 }
  }

  private func mistake(_ offset: Int, _ reason: String) -> LoadError {
    let line = bytes[..<offset].count { $0 == 10 } + 1
    return LoadError(file: file, line: line, problem: "is no XML that is read: \(reason)")
  }
}
