import BatonCore
import Testing

@testable import BatonMig

/// Numbers and bytes that have travelled once stay what they are.
@Suite(.serialized, .timeLimit(.minutes(15))) struct GoldenTests {
  @Test(arguments: WireSample.lines.indices)
  func `what is written has golden bytes`(index: Int) throws {
    try GoldenFile(version: Greeting.current).expect(WireSample.lines[index])
  }

  @Test func `golden bytes of every version are read, and mean what they meant`() throws {
    let files = try GoldenFile.all()
    #expect(files.count >= 1)
    for file in files {
      #expect(!file.lines.isEmpty, "\(file.url.lastPathComponent)")
      for line in file.lines {
        let word = line.key.split(separator: " ").first.map(String.init) ?? ""
        let reading = try #require(WireReading(rawValue: word), "\(line.key)")
        let values = try reading.values(line.bytes)
        // A later reader may find more, by default; never less, and nothing else.
        let lost = line.values.filter { !values.contains($0) }
        #expect(lost == [], "\(file.url.lastPathComponent): \(line.key)")
      }
    }
  }

  @Test func `no number was given to another name`() throws {
    let lines = try GoldenFile.all().flatMap(\.lines)
    let today = Dictionary(grouping: WireSample.lines.map(\.key)) { Self.number($0) }
    for line in lines {
      let number = Self.number(line.key)
      #expect(today[number] == [line.key], "\(line.key) has gone, or is another")
    }
  }

  /// Kind and number of a key.
  private static func number(_ key: String) -> String {
    key.split(separator: " ").prefix(2).joined(separator: " ")
  }
}
