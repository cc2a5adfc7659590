import BatonCore
import BatonTesting
import Testing

@testable import BatonMig

@Suite(.timeLimit(.minutes(15))) struct RefusalTests {
  static let values: [Refusal.Value] = [
    .none, .number(0), .number(.max), .bits(0xF00), .name(Name("tap0")), .name(Name()),
    .flag(true), .flag(false), .unknown(kind: 9),
  ]

  @Test func `every refusal is read as it was written`() {
    var wrong: [Refusal] = []
    for cause in Refusal.Cause.allCases {
      for field in Refusal.Field.allCases {
        for (position, here) in Self.values.enumerated() {
          let there = Self.values[(position + Int(field.rawValue)) % Self.values.count]
          let refusal = Refusal(
            cause, field: field, subject: Name("net0"), here: here, there: there,
            call: Call.connect.rawValue, code: -7)
          let bytes = Wire.bytes { refusal.write(into: &$0) }
          var cursor = ByteCursor()
          let read = try? Refusal(bytes.span.bytes, at: &cursor)
          if read != refusal || cursor.offset != bytes.count { wrong.append(refusal) }
        }
      }
    }
    #expect(wrong == [])
  }

  /// What the text of a cause must name, given 11 here, 22 there, and connect with ECONNREFUSED.
  static let named: [(cause: Refusal.Cause, words: [String])] = [
    (.mismatch, ["queues", "11 here", "22 on the other side"]),
    (.invalid, ["queues", "22", "expected 11"]),
    (.systemCall, ["connect", "ECONNREFUSED"]),
    (.missingDevice, ["net0", "target has none"]),
    (.notOffered, ["net0", "does not offer"]),
    (.alreadyOpen, ["net0", "already open"]),
    (.channelCarriesNoDescriptors, ["UNIX", "22"]),
    (.foreignUser, ["22", "11"]),
    (.wrongDescriptor, ["22 was received", "expected 11"]),
    (.duplicateDescriptor, ["11", "22", "one open file"]),
    (.descriptorCount, ["22 descriptors were announced", "11 arrived"]),
    (.truncatedStream, ["11 of 22 bytes"]),
    (.malformedRecord, ["queues 22", "expected 11"]),
    (.unexpectedRecord, ["22", "state 11"]),
    (.noListener, ["nobody listens", "ECONNREFUSED"]),
    (.badAddress, ["unix:PATH", "22"]),
    (.memoryNotShared, ["22", "neither shared"]),
    (.timeout, ["22 ms"]),
    (.peerDied, ["died"]),
    (.channelClosed, ["closed"]),
    (.cancelled, ["cancelled"]),
    (.vetoed, ["vetoed", "ECONNREFUSED"]),
    (.wrongState, ["state 11"]),
    (.givenBack, ["gave the guest back"]),
    (.queuesInUse, ["22 queues", "another process", "expected 11"]),
    (.unknownRecord, ["record type 22", "not known"]),
    (.unkillable, ["user 22", "user 11", "cannot be killed"]),
    (.programFailed, ["net0", "22 ended with status 11"]),
    (.programKilled, ["22 was ended by signal 11"]),
    (.programLate, ["22 did not end", "11 ms"]),
    (.noDescriptor, ["22", "no descriptor"]),
    (.usedUp, ["22 were given", "none is left"]),
    (.unsupported, ["22 was asked for", "11 can be had"]),
    (.otherInterface, ["is 22", "11 was asked for"]),
    (.excluded, ["queues cannot be given with 22"]),
    (.unknown, ["net0", "refused by the other side", "cause 255"]),
  ]

  @Test(arguments: named.indices) func `the text names what it is about`(index: Int) {
    let (cause, words) = Self.named[index]
    let refusal = Refusal(
      cause, field: .queueCount, subject: Name("net0"), here: .number(11), there: .number(22),
      call: Call.connect.rawValue, code: Errno.connectionRefused)
    for word in words { #expect(refusal.description.contains(word)) }
  }

  @Test func `the table of texts has every cause`() {
    #expect(Self.named.map(\.cause) == Refusal.Cause.allCases)
  }

  @Test func `every field has words of its own`() {
    let texts = Refusal.Field.allCases.map(\.text)
    #expect(Set(texts).count == texts.count)
    #expect(!texts.contains(""))
  }

  @Test func `a mismatch that the other side found is told from this one`() {
    let theirs = Refusal.mismatch(
      .interfaceName, subject: Name("net0"), here: .name(Name("tap1")),
      there: .name(Name("tap0")))
    #expect(
      theirs.seenFromHere.description == "net0: interface: 'tap0' here, 'tap1' on the other side")
    let other = Refusal(.invalid, field: .state, here: .number(1), there: .number(2))
    #expect(other.seenFromHere == other)
  }

  @Test func `numbers that are not known here are kept, told and sent on`() throws {
    let bytes: [UInt8] = [
      57, 99, 4, 0x6E, 0x65, 0x74, 0x30, 9, 2, 1, 2, 1, 8, 5, 0, 0, 0, 0, 0, 0, 0, 200, 13, 0, 0, 0,
    ]
    let words = Array("the moon is full".utf8)
    let notice = try RefusalNotice((bytes + [UInt8(words.count)] + words).span.bytes)
    let refusal = notice.refusal
    #expect(refusal.cause == .unknown && refusal.causeNumber == 57)
    #expect(refusal.field == .unknown && refusal.fieldNumber == 99)
    #expect(refusal.here == .unknown(kind: 9) && refusal.there == .number(5))
    #expect(refusal.call == 200 && refusal.code == 13)
    #expect(!refusal.isKnown)
    #expect(
      notice.description == "net0: refused by the other side: cause 57: the moon is full")
    let copy = Wire.bytes { notice.write(into: &$0) }
    #expect(try RefusalNotice(copy.span.bytes) == notice)
  }

  @Test func `a known cause with an unknown field, call or value is told with the words`() throws {
    var refusal = Refusal(.systemCall, call: 200, code: Errno.noEntry)
    #expect("\(refusal)".hasPrefix("call 200: ") && "\(refusal)".contains("ENOENT"))
    refusal = Refusal(.mismatch, here: .number(1), there: .unknown(kind: 9))
    #expect("\(refusal)" == "value: 1 here, a value of kind 9 on the other side")
    #expect(!refusal.isKnown)
    #expect(Refusal(.vetoed, call: 200).isKnown)
  }

  @Test func `words are cut between two characters, and no text traps`() throws {
    let long = Array(String(repeating: "ä", count: 200).utf8)
    #expect(RefusalNotice.cut(long) == Array(long.prefix(254)))
    #expect(RefusalNotice.cut(Array(long.prefix(255))).count == 255)
    let head = Wire.bytes { Refusal(.unknown).write(into: &$0) }
    let evil: [UInt8] = [0xFF, 0x1B, 0x5B, 0x00, 0x0A, 0xC3]
    let notice = try RefusalNotice((head + [6] + evil).span.bytes)
    let text = notice.description
    #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control })
    #expect(throws: ByteCursor.Ended.self) {
      _ = try RefusalNotice((head + [7] + evil).span.bytes)
    }
    // A sender without words, and one from before there were any.
    #expect(try RefusalNotice((head + [0]).span.bytes).words == [])
    #expect(try RefusalNotice(head.span.bytes).words == [])
    let empty: [UInt8] = []
    #expect(try RefusalNotice(empty.span.bytes).refusal == Refusal(.cancelled))
  }

  @Test func `random bytes are refused, or read to what is written the same`() {
    var random = Generator(seed: 99)
    var wrong: [[UInt8]] = []
    var read = 0
    for _ in 0..<20_000 {
      var bytes = random.bytes(48)
      // Small numbers, so that causes, fields, lengths and kinds of values are met.
      bytes[0] %= 30
      bytes[1] %= 40
      bytes[2] %= 4
      for position in 3..<26 { bytes[position] %= 6 }
      var cursor = ByteCursor()
      guard let refusal = try? Refusal(bytes.span.bytes, at: &cursor) else { continue }
      read += 1
      var again = ByteCursor()
      let copy = Wire.bytes { refusal.write(into: &$0) }
      if (try? Refusal(copy.span.bytes, at: &again)) != refusal { wrong.append(bytes) }
    }
    #expect(wrong == [])
    #expect(read > 100)
  }
}
