extension Refusal {
  /// The refusal of a system call.
  public init(_ error: SystemError, _ cause: Cause = .systemCall, subject: Name = Name()) {
    self.init(cause, subject: subject, call: error.call.rawValue, code: error.code)
  }

  /// What a call refused of the socket at a path, whose end is told.
  package init(_ error: SystemError, at path: [UInt8]) {
    self.init(
      .systemCall, field: .address, there: .name(Name(endOf: path)), call: error.call.rawValue,
      code: error.code)
  }

  /// Writes the refusal for the other side (docs/PROTOCOL.md, FAILED).
  public func write(into writer: inout ByteWriter) {
    writer.write(causeNumber)
    writer.write(fieldNumber)
    writer.write(subject)
    here.write(into: &writer)
    there.write(into: &writer)
    writer.write(call)
    writer.write(UInt32(bitPattern: code))
  }

  /// Reads a refusal of the other side; `here` and `there` stay as that side saw them.
  public init(
    _ bytes: borrowing RawSpan, at cursor: inout ByteCursor
  ) throws(ByteCursor.Ended) {
    let cause = try cursor.byte(bytes)
    let field = try cursor.byte(bytes)
    let subject = try cursor.name(bytes)
    let here = try Value(bytes, at: &cursor)
    let there = try Value(bytes, at: &cursor)
    let call = try cursor.byte(bytes)
    let code = try cursor.word(bytes)
    self.init(
      causeNumber: cause, fieldNumber: field, subject: subject, here: here, there: there,
      call: call, code: Int32(bitPattern: code))
  }
}

extension Refusal.Value {
  /// The kinds on the wire; a number is never given to another kind.
  private enum Kind: UInt8 {
    case nothing = 0
    case number = 1
    case bits = 2
    case name = 3
    case flag = 4
  }

  /// Writes the kind, how many bytes follow, and these; who does not know the kind skips them.
  func write(into writer: inout ByteWriter) {
    switch self {
    case .none: Self.write(.nothing, 0, into: &writer)
    case .number(let number):
      Self.write(.number, 8, into: &writer)
      writer.write(number)
    case .bits(let bits):
      Self.write(.bits, 8, into: &writer)
      writer.write(bits)
    case .name(let name):
      writer.write(Kind.name.rawValue)
      writer.write(name)
    case .flag(let isOn):
      Self.write(.flag, 1, into: &writer)
      writer.write(UInt8(isOn ? 1 : 0))
    case .unknown(let kind):
      writer.write(kind)
      writer.write(UInt8(0))
    }
  }

  private static func write(_ kind: Kind, _ byteCount: UInt8, into writer: inout ByteWriter) {
    writer.write(kind.rawValue)
    writer.write(byteCount)
  }

  init(_ bytes: borrowing RawSpan, at cursor: inout ByteCursor) throws(ByteCursor.Ended) {
    let number = try cursor.byte(bytes)
    // A name's own length is the value's.
    var name = cursor
    let count = Int(try cursor.byte(bytes))
    let start = try cursor.skip(count, bytes)
    var value = ByteCursor(at: start, limit: start + count)
    switch Kind(rawValue: number) {
    case .nothing: self = .none
    case .number: self = .number(try value.long(bytes))
    case .bits: self = .bits(try value.long(bytes))
    case .name: self = .name(try name.name(bytes))
    case .flag: self = .flag(try value.byte(bytes) != 0)
    case nil: self = .unknown(kind: number)
    }
  }
}
