import BatonCore
import BatonTesting
import Testing

@testable import BatonMig

@Suite(.timeLimit(.minutes(15))) struct HeaderTests {
  /// The header in these bytes, or why it is none.
  static func read(_ bytes: [UInt8], at offset: Int = 0) -> Result<RecordHeader, Refusal> {
    Result { () throws(Refusal) in try RecordHeader(bytes.span.bytes, at: offset) }
  }

  static func refusal(_ bytes: [UInt8]) -> Refusal? {
    if case .failure(let refusal) = read(bytes) { refusal } else { nil }
  }

  @Test(arguments: RecordType.allCases)
  func `every type is read as it was written`(type: RecordType) {
    let header = RecordHeader(type: type, descriptorCount: 3, length: 77)
    var writer = ByteWriter()
    writer.write([1, 2, 3])
    header.write(into: &writer)
    #expect(writer.count == 3 + RecordHeader.byteCount)
    #expect(Self.read(writer.bytes, at: 3) == .success(header))
    #expect(type.name.count > 0)
  }

  @Test(arguments: 0..<RecordHeader.byteCount)
  func `a header that is cut off is no header`(count: Int) {
    let whole = Wire.header(type: 1)
    #expect(Self.refusal(Array(whole.prefix(count)))?.cause == .truncatedStream)
  }

  struct Bad: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let text: String
  }

  static let bad = [
    Bad(
      testDescription: "magic", bytes: Wire.header(magic: 0x4E4F_5443, type: 1),
      text: "malformed record: record type 0x4e4f5443, expected 0x4e4f5442"),
    Bad(
      testDescription: "type zero", bytes: Wire.header(type: 0),
      text: "record type 0 is not known here"),
    Bad(
      testDescription: "unknown type", bytes: Wire.header(type: Wire.unknown()),
      text: "record type \(Wire.unknown()) is not known here"),
    Bad(
      testDescription: "reserved", bytes: Wire.header(type: 2, zero: 0x500),
      text: "malformed record: value 0x500, expected 0x0"),
    Bad(
      testDescription: "length", bytes: Wire.header(type: 2, length: 1 << 20 + 1),
      text: "malformed record: record length 0x100001, expected 0x100000"),
    Bad(
      testDescription: "descriptors", bytes: Wire.header(type: 2, descriptors: 1025),
      text: "malformed record: descriptor 0x401, expected 0x400"),
    Bad(
      testDescription: "later version", bytes: Wire.header(type: 6, version: 3),
      text: "STATE: record version: 2 here, 3 on the other side"),
    Bad(
      testDescription: "version zero", bytes: Wire.header(type: 6, version: 0),
      text: "STATE: record version: 2 here, 0 on the other side"),
  ]

  @Test(arguments: bad) func `a wrong header is refused with what is wrong`(bad: Bad) {
    #expect(Self.refusal(bad.bytes)?.description == bad.text)
  }

  @Test func `the bounds themselves are allowed`() throws {
    let header = try Self.read(Wire.header(type: 2, descriptors: 1024, length: 1 << 20)).get()
    #expect(header.descriptorCount == 1024)
    #expect(header.length == 1 << 20)
  }

  @Test(arguments: [0, 2, 9, UInt16.max])
  func `a HELLO of any version is read`(version: UInt16) throws {
    let header = try Self.read(Wire.header(type: 1, version: version)).get()
    #expect(header.type == .hello)
    #expect(header.version == version)
  }

  @Test func `a type that is not known is skipped if its number says so`() throws {
    let number = Wire.unknown(from: RecordType.skippable)
    let header = try Self.read(Wire.header(type: number, descriptors: 3, length: 9)).get()
    #expect(header.type == nil)
    #expect(header.descriptorCount == 3)
    #expect(header.length == 9)
    for type in RecordType.allCases {
      #expect(type.isSkippable == (type.rawValue >= RecordType.skippable))
    }
  }

  @Test func `random bytes are refused, or read as they stand`() {
    var random = Generator(seed: 2026)
    var wrong: [[UInt8]] = []
    for round in 0..<50_000 {
      var bytes = random.bytes(RecordHeader.byteCount)
      // Three of four have the magic, half of those a small type, so that all fields are reached.
      if round % 4 != 0 { bytes.replaceSubrange(0..<4, with: [0x42, 0x54, 0x4F, 0x4E]) }
      if round % 2 != 0 { bytes.replaceSubrange(5..<8, with: [0, 2, 0]) }
      if round % 8 == 1 { bytes.replaceSubrange(9..<16, with: [0, 0, 0, 9, 9, 0, 0]) }
      guard case .success(let header) = Self.read(bytes) else { continue }
      var writer = ByteWriter()
      header.write(into: &writer)
      if writer.bytes != bytes { wrong.append(bytes) }
    }
    #expect(wrong == [])
  }
}
