import BatonCore
import Testing

@Suite(.timeLimit(.minutes(15))) struct ByteTests {
  @Test func `what is written is read back, little-endian`() throws {
    var writer = ByteWriter()
    writer.write(UInt8(1))
    writer.write(UInt16(0x0203))
    writer.write(UInt32(0x0405_0607))
    writer.write(UInt64(0x0809_0A0B_0C0D_0E0F))
    writer.write(Name("net0"))
    writer.patch(0x1122_3344, at: 3)
    #expect(writer.bytes.prefix(7) == [1, 3, 2, 0x44, 0x33, 0x22, 0x11])
    let bytes = writer.bytes
    var cursor = ByteCursor()
    #expect(try cursor.byte(bytes.span.bytes) == 1)
    #expect(try cursor.half(bytes.span.bytes) == 0x0203)
    #expect(try cursor.word(bytes.span.bytes) == 0x1122_3344)
    #expect(try cursor.long(bytes.span.bytes) == 0x0809_0A0B_0C0D_0E0F)
    #expect(try cursor.name(bytes.span.bytes) == Name("net0"))
    #expect(cursor.offset == bytes.count)
  }

  @Test(arguments: 0..<8) func `nothing is read behind the end`(count: Int) {
    let bytes = [UInt8](repeating: 7, count: count)
    #expect(throws: ByteCursor.Ended.self) {
      var cursor = ByteCursor()
      _ = try cursor.long(bytes.span.bytes)
    }
    #expect(throws: ByteCursor.Ended.self) {
      var cursor = ByteCursor(at: count + 1)
      _ = try cursor.byte(bytes.span.bytes)
    }
    #expect(throws: ByteCursor.Ended.self) {
      var cursor = ByteCursor()
      _ = try cursor.skip(count + 1, bytes.span.bytes)
    }
  }

  @Test(arguments: [[32], [5, 65, 66], [3, 65, 0, 66], [255] + Array(repeating: 65, count: 255)])
  func `a name that is too long, cut off or holds a NUL is none`(bytes: [UInt8]) {
    #expect(throws: ByteCursor.Ended.self) {
      var cursor = ByteCursor()
      _ = try cursor.name(bytes.span.bytes)
    }
  }

  @Test func `a name holds 31 bytes and no more`() throws {
    let longest = try #require(Name(text: String(repeating: "n", count: 31)))
    #expect(longest.count == 31 && "\(longest)" == String(repeating: "n", count: 31))
    #expect(Name(text: String(repeating: "n", count: 32)) == nil)
    // A stranger's bytes end no line, and paint no terminal.
    let rude = try #require(Name(bytes: Array("a\nb\u{1B}[31m\u{7F}".utf8)))
    #expect(rude.description == "a\u{FFFD}b\u{FFFD}[31m\u{FFFD}")
    #expect(Name(bytes: [65, 0]) == nil)
    #expect(Name("a") != Name("b") && Name() == Name(bytes: []))
    #expect(Name("tap").bytes == Array("tap".utf8))
  }

  @Test func `a structure that has grown is read as far as it is known`() throws {
    var writer = ByteWriter()
    writer.writeStructure { fields in
      fields.write(UInt8(1))
      fields.write(UInt32(0xFFFF_FFFF))
    }
    writer.write(UInt8(2))
    let bytes = writer.bytes
    #expect(bytes.prefix(3) == [5, 0, 1])
    var cursor = ByteCursor()
    var fields = try cursor.structure(bytes.span.bytes)
    #expect(try fields.byte(bytes.span.bytes) == 1)
    let hasGrown = fields.hasMore(bytes.span.bytes)
    #expect(hasGrown)
    #expect(try cursor.byte(bytes.span.bytes) == 2)
    let isMoreBehind = cursor.hasMore(bytes.span.bytes)
    #expect(!isMoreBehind)
  }

  @Test func `a structure of an earlier version ends before what came later`() throws {
    let bytes: [UInt8] = [1, 0, 7, 9, 9, 9, 9, 9, 9, 9, 9]
    var cursor = ByteCursor()
    var fields = try cursor.structure(bytes.span.bytes)
    #expect(try fields.byte(bytes.span.bytes) == 7)
    let hasMore = fields.hasMore(bytes.span.bytes)
    #expect(!hasMore)
    // What is behind the structure is not its own.
    #expect(throws: ByteCursor.Ended.self) { try fields.long(bytes.span.bytes) }
    #expect(throws: ByteCursor.Ended.self) { try fields.skip(1, bytes.span.bytes) }
    #expect(throws: ByteCursor.Ended.self) { try fields.name(bytes.span.bytes) }
  }

  @Test(arguments: [[], [1], [1, 0], [0xFF, 0xFF, 1]] as [[UInt8]])
  func `a structure that says more than there is is none`(bytes: [UInt8]) {
    #expect(throws: ByteCursor.Ended.self) {
      var cursor = ByteCursor()
      _ = try cursor.structure(bytes.span.bytes)
    }
  }

  @Test func `structures stand inside one another, and an inner one ends with the outer`() throws {
    let bytes: [UInt8] = [3, 0, 2, 0, 5, 6]
    var cursor = ByteCursor()
    var outer = try cursor.structure(bytes.span.bytes)
    #expect(throws: ByteCursor.Ended.self) { try outer.structure(bytes.span.bytes) }
  }

  @Test func `a name has 31 bytes at most, and none of them is zero`() throws {
    let longest = [31] + [UInt8](repeating: 0x61, count: 31)
    var cursor = ByteCursor()
    #expect(try cursor.name(longest.span.bytes).count == 31)
    let longer = [32] + [UInt8](repeating: 0x61, count: 32)
    #expect(throws: ByteCursor.Ended.self) {
      var cursor = ByteCursor()
      _ = try cursor.name(longer.span.bytes)
    }
    #expect(Name(bytes: longer.dropFirst()) == nil)
  }

  @Test func `a cursor does not move back`() {
    let bytes: [UInt8] = [1, 2, 3]
    #expect(throws: ByteCursor.Ended.self) {
      var cursor = ByteCursor(at: 2)
      _ = try cursor.skip(-1, bytes.span.bytes)
    }
  }
}
