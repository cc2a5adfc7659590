import BatonCore
import BatonNet

/// What a port says of itself before anything is stopped, so that a target can refuse it while its
/// guests are served; and what it says in the blackout.
///
/// Both begin with a version, which changes when a field gets another meaning. The descriptors that
/// come with the offer are, in this order: the listening socket if there is one, the TAP's queues,
/// and of each session those of its image.
struct PortOffer {
  private static let version: UInt16 = 1
  /// A down script goes with the TAP; a process of an earlier release refuses it by this number.
  private static let versionWithDuty: UInt16 = 2

  var options: [UInt64]
  /// Whether the port has a socket on which front-ends connect.
  var listens: Bool
  var tap: TapProperties
  var sessions: [SessionImage?]
  /// Whether whoever has the TAP last is to run a down script.
  var isOwed: Bool

  /// The numbers of the options that both sides must have alike.
  static func numbers(of options: VhostUserPort.Options) -> [UInt64] {
    [UInt64(options.tap.queues), UInt64(options.ringSizeMax), options.offloads.rawValue]
  }

  private static let fields: [Refusal.Field] = [.queueCount, .ringSize, .features]

  init(
    options: VhostUserPort.Options, tap: TapProperties, sessions: [SessionImage?],
    isOwed: Bool = false
  ) {
    self.isOwed = isOwed
    self.options = Self.numbers(of: options)
    listens = options.meeting.listens
    self.tap = tap
    self.sessions = sessions
  }

  var listenerCount: Int { listens ? 1 : 0 }

  var descriptorCount: Int {
    listenerCount + tap.queues + sessions.reduce(0) { $0 + ($1?.descriptorCount ?? 0) }
  }

  func write(into writer: inout ByteWriter) {
    writer.write(isOwed ? Self.versionWithDuty : Self.version)
    writer.writeStructure { fields in
      for number in options { fields.write(number) }
      fields.write(UInt8(listens ? 1 : 0))
    }
    writer.writeStructure { tap.write(into: &$0) }
    for session in sessions {
      writer.write(UInt8(session == nil ? 0 : 1))
      session?.write(into: &writer)
    }
  }

  /// Reads what a source wrote, which is not trusted.
  init(_ bytes: borrowing RawSpan, places: Int, subject: Name) throws(Refusal) {
    var cursor = ByteCursor()
    let version = try cursor.check(
      versions: Self.version...Self.versionWithDuty, of: bytes, subject: subject)
    isOwed = version == Self.versionWithDuty
    let read: TapProperties?
    do {
      var fields = try cursor.structure(bytes)
      options = []
      for _ in Self.fields { options.append(try fields.long(bytes)) }
      // The version before knew of no other way.
      listens = fields.hasMore(bytes) ? try fields.byte(bytes) != 0 : true
      var tapFields = try cursor.structure(bytes)
      read = try TapProperties(bytes, at: &tapFields)
      sessions = []
      for _ in 0..<places {
        let isThere = try cursor.byte(bytes) != 0
        sessions.append(isThere ? try SessionImage(bytes, at: &cursor) : nil)
      }
    } catch {
      throw cursor.truncation(of: bytes, subject: subject)
    }
    guard let tap = read else {
      throw Refusal(.malformedRecord, field: .interfaceName, subject: subject)
    }
    self.tap = tap
  }

  /// Compares the port that is offered with the one that is wished for here.
  func compare(with own: VhostUserPort.Options, subject: Name) throws(Refusal) {
    let here = Self.numbers(of: own)
    for (position, field) in Self.fields.enumerated() where here[position] != options[position] {
      let value = field == .features ? Refusal.Value.bits : Refusal.Value.number
      throw .mismatch(
        field, subject: subject, here: value(here[position]), there: value(options[position]))
    }
    guard listens == own.meeting.listens else {
      let words = [false: Name("connects"), true: Name("listens")]
      throw .mismatch(
        .address, subject: subject, here: .name(words[own.meeting.listens] ?? Name()),
        there: .name(words[listens] ?? Name()))
    }
    for case let session? in sessions {
      guard session.rings.count == 2 * own.tap.queues else {
        throw .mismatch(
          .queueCount, subject: subject, here: .number(UInt64(2 * own.tap.queues)),
          there: .number(UInt64(session.rings.count)))
      }
    }
  }
}

/// What changes until the switch: the TAP's settings, who has it, and how far every ring is.
struct PortState {
  private static let version: UInt16 = 1
  /// For nobody.
  private static let nobody: UInt8 = 0xFF

  var tap: TapProperties
  var holder: UInt8?
  /// Of each session's rings, where they go on.
  var bases: [[UInt16]]
  /// When the rings were left alone, in nanoseconds of the clock that both processes share.
  var heldAt: UInt64

  func write(into writer: inout ByteWriter) {
    writer.write(Self.version)
    writer.writeStructure { tap.write(into: &$0) }
    writer.write(holder ?? Self.nobody)
    for rings in bases {
      writer.write(UInt16(rings.count))
      for base in rings { writer.write(base) }
    }
    writer.write(heldAt)
  }

  init(tap: TapProperties, holder: UInt8?, bases: [[UInt16]], heldAt: UInt64) {
    (self.tap, self.holder, self.bases, self.heldAt) = (tap, holder, bases, heldAt)
  }

  /// Reads what a source wrote, which is not trusted: of so many rings for each place.
  init(_ bytes: borrowing RawSpan, rings: [Int], subject: Name) throws(Refusal) {
    var cursor = ByteCursor()
    try cursor.check(version: Self.version, of: bytes, subject: subject)
    let read: TapProperties?
    do {
      var tapFields = try cursor.structure(bytes)
      read = try TapProperties(bytes, at: &tapFields)
      let place = try cursor.byte(bytes)
      holder = place < rings.count ? place : nil
      bases = []
      for count in rings {
        guard Int(try cursor.half(bytes)) == count else { throw ByteCursor.Ended() }
        var own: [UInt16] = []
        for _ in 0..<count { own.append(try cursor.half(bytes)) }
        bases.append(own)
      }
      heldAt = cursor.hasMore(bytes) ? try cursor.long(bytes) : 0
    } catch {
      throw cursor.truncation(of: bytes, subject: subject)
    }
    guard let tap = read else {
      throw Refusal(.malformedRecord, field: .interfaceName, subject: subject)
    }
    self.tap = tap
  }
}
