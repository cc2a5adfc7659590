import BatonCore
import Testing

@Suite(.timeLimit(.minutes(5))) struct ByteTests {
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
    #expect(Name(bytes: [65, 0]) == nil)
    #expect(Name("a") != Name("b") && Name() == Name(bytes: []))
    #expect(Name("tap").bytes == Array("tap".utf8))
  }
}
