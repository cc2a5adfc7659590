import Foundation
import Testing

/// The tables of docs/PROTOCOL.md: what is to be found at which offset, and which number is whose.
///
/// They are compared with the golden bytes of MigTests and NetTests, which the code of today is
/// compared with there.
struct Layouts {
  struct Row {
    let offset: String
    let size: String
    let field: String
  }

  /// The cells of the rows below each heading of the fourth level.
  let tables: [String: [[String]]]

  init(_ text: String) {
    var tables: [String: [[String]]] = [:]
    var heading: String?
    for line in text.split(separator: "\n") {
      if line.hasPrefix("#") {
        heading = line.hasPrefix("#### ") ? String(line.dropFirst(5)) : nil
      }
      guard let heading, line.hasPrefix("|") else { continue }
      let cells = line.dropFirst().dropLast().split(
        separator: "|", omittingEmptySubsequences: false)
      tables[heading, default: []].append(
        cells.map { $0.trimmingCharacters(in: .whitespaces) })
    }
    // Behind the names of the columns and the line below them.
    self.tables = tables.mapValues { Array($0.dropFirst(2)) }
  }

  /// The rows of a table of bytes; nil when there is none.
  func rows(_ heading: String) -> [Row]? {
    tables[heading]?.map { Row(offset: $0[0], size: $0[1], field: $0[2]) }
  }

  /// The numbers and names of a table of numbers.
  func names(_ heading: String) -> [String] {
    (tables[heading] ?? []).map { "\($0[0]) \($0[1])" }
  }

  static func ofTheProtocol() throws -> Layouts {
    Layouts(try #require(Repository.text("docs/PROTOCOL.md")))
  }
}

/// What a table finds in bytes.
struct LayoutWalk {
  private let layouts: Layouts
  private let bytes: [UInt8]
  private(set) var values: [String] = []
  /// Rows whose offset is not where their field was found.
  private(set) var misplaced: [String] = []

  /// Walks over the bytes by these tables, one behind the other.
  init(_ bytes: [UInt8], _ headings: [String], in layouts: Layouts) throws {
    (self.layouts, self.bytes) = (layouts, bytes)
    var position = 0
    for heading in headings {
      let rows = try #require(layouts.rows(heading), "no table \(heading)")
      position = try walk(rows[...], from: position, to: bytes.count)
    }
    if position != bytes.count { misplaced.append("\(bytes.count - position) bytes are left") }
  }

  /// Fields that are not there any more, at the end, have their defaults.
  private mutating func walk(
    _ rows: ArraySlice<Layouts.Row>, from start: Int, to end: Int
  ) throws -> Int {
    var position = start
    var rest = rows
    while let row = rest.popFirst() {
      let inner = rest.prefix { $0.offset.hasPrefix("+") || isInner($0) }
      let kind = row.size.split(separator: " ").first.map(String.init) ?? ""
      guard position < end else { break }
      check(row, position - start)
      switch kind {
      case "structure", "structures", "parts":
        var fields = inner
        if let name = row.size.split(separator: " ").dropFirst().first {
          fields = try #require(layouts.rows(String(name)))[...]
        } else {
          rest = rest.dropFirst(inner.count)
        }
        position = try group(kind, fields, from: position, to: end)
      default: position = try field(row, at: position, to: end)
      }
    }
    return position
  }

  /// A row without an offset of its own belongs to the structure that was begun before it, unless
  /// it is the rest.
  private func isInner(_ row: Layouts.Row) -> Bool { row.offset == "–" && row.size != "rest" }

  private mutating func group(
    _ kind: String, _ fields: ArraySlice<Layouts.Row>, from start: Int, to end: Int
  ) throws -> Int {
    var position = start
    repeat {
      if kind == "parts" {
        position = try walk(fields, from: position, to: end)
      } else {
        let count = Int(number(position, 2))
        try #require(position + 2 + count <= end)
        let walked = try walk(fields, from: position + 2, to: position + 2 + count)
        position += 2 + count
        if walked != position { misplaced.append("a structure is longer than its table") }
      }
    } while kind != "structure" && position < end
    return position
  }

  private mutating func field(_ row: Layouts.Row, at position: Int, to end: Int) throws -> Int {
    if let size = Int(row.size) {
      try #require(position + size <= end, "\(row.field) is cut off")
      values.append("\(row.field)=\(size == 6 ? mac(position) : "\(number(position, size))")")
      return position + size
    }
    switch row.size {
    case "rest":
      let rest = bytes[position..<end].map { String($0, radix: 16) }
      values.append("\(row.field)=\(rest.joined(separator: ","))")
      return end
    case "name", "words":
      let count = Int(bytes[position])
      values.append("\(row.field)=\(text(position + 1, count))")
      return position + 1 + count
    case "value":
      values.append("\(row.field)=\(value(position))")
      return position + 2 + Int(bytes[position + 1])
    case let other: throw Unreadable(size: other)
    }
  }

  struct Unreadable: Error {
    let size: String
  }

  private mutating func check(_ row: Layouts.Row, _ offset: Int) {
    let said = row.offset.hasPrefix("+") ? String(row.offset.dropFirst()) : row.offset
    if said != "–", said != "\(offset)" { misplaced.append("\(row.field) is at \(offset)") }
  }

  private func number(_ position: Int, _ size: Int) -> UInt64 {
    (0..<size).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
  }

  private func text(_ position: Int, _ count: Int) -> String {
    String(decoding: bytes[position..<(position + count)], as: UTF8.self)
  }

  private func mac(_ position: Int) -> String {
    bytes[position..<(position + 6)].map { String(format: "%02x", $0) }.joined(separator: ":")
  }

  private func value(_ position: Int) -> String {
    let kind = bytes[position]
    let count = Int(bytes[position + 1])
    if count == 0 { return "\(kind)" }
    return kind == 3
      ? "3:\(text(position + 2, count))" : "\(kind):\(number(position + 2, count))"
  }
}
