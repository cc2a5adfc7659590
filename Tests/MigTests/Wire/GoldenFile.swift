import Foundation
import Testing

/// Bytes that must be read for ever; see Golden/README.md.
struct GoldenFile {
  struct Line: Equatable {
    /// What it is: a kind, a number, names.
    let key: String
    let bytes: [UInt8]
    /// What the bytes say, as `name=value`.
    let values: [String]

    var text: String {
      let hex = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
      return "\(key) | \(hex) | \(values.joined(separator: " "))"
    }

    init(key: String, bytes: [UInt8], values: [String]) {
      (self.key, self.bytes, self.values) = (key, bytes, values)
    }

    init?(_ text: Substring) {
      let parts = text.split(separator: "|", omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      let trimmed = parts.map { $0.trimmingCharacters(in: .whitespaces) }
      var bytes: [UInt8] = []
      var hex = trimmed[1][...]
      while !hex.isEmpty {
        guard let byte = UInt8(hex.prefix(2), radix: 16), hex.count > 1 else { return nil }
        bytes.append(byte)
        hex = hex.dropFirst(2)
      }
      self.init(
        key: trimmed[0], bytes: bytes,
        values: trimmed[2].split(separator: " ").map(String.init))
    }
  }

  let url: URL
  let lines: [Line]

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden")

  /// The file of a version of the protocol; without lines when there is none.
  init(version: UInt16) {
    url = Self.folder.appending(path: "version-\(version).txt")
    let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    lines = text.split(separator: "\n").compactMap { Line($0) }
  }

  /// The files of all versions.
  static func all() throws -> [GoldenFile] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).compactMap { name in
      guard name.hasPrefix("version-"), name.hasSuffix(".txt") else { return nil }
      return UInt16(name.dropFirst(8).dropLast(4)).map { GoldenFile(version: $0) }
    }
  }

  /// The line is the last one of its key, or is added if the environment says so.
  func expect(_ line: Line) throws {
    let last = lines.last { $0.key == line.key }
    if last == line { return }
    if ProcessInfo.processInfo.environment["GOLDEN"] == "add" {
      let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
      try (text + line.text + "\n").write(to: url, atomically: true, encoding: .utf8)
    }
    Issue.record(
      """
      \(line.key): \(last == nil ? "no golden bytes" : "other bytes than the golden ones").
      If a new one is meant, or a field was appended, add this line to \(url.lastPathComponent):
      \(line.text)
      If a number or a field moved: the peer would misread it; see docs/HACKING.md, "A wire record".
      """)
  }
}
