extension Refusal {
  /// The refusal of a system call.
  public init(_ error: SystemError, _ cause: Cause = .systemCall, subject: Name = Name()) {
    self.init(cause, subject: subject, call: error.call.rawValue, code: error.code)
  }

  /// Writes the refusal for the other side.
  public func write(into writer: inout ByteWriter) {
    writer.write(cause.rawValue)
    writer.write(field.rawValue)
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
    let cause = Cause(rawValue: try cursor.byte(bytes))
    let field = Field(rawValue: try cursor.byte(bytes))
    let subject = try cursor.name(bytes)
    let here = try Value(bytes, at: &cursor)
    let there = try Value(bytes, at: &cursor)
    let call = try cursor.byte(bytes)
    let code = try cursor.word(bytes)
    guard let cause, let field else { throw ByteCursor.Ended() }
    self.init(
      cause, field: field, subject: subject, here: here, there: there, call: call,
      code: Int32(bitPattern: code))
  }
}

extension Refusal.Value {
  func write(into writer: inout ByteWriter) {
    switch self {
    case .none: writer.write(UInt8(0))
    case .number(let number):
      writer.write(UInt8(1))
      writer.write(number)
    case .bits(let bits):
      writer.write(UInt8(2))
      writer.write(bits)
    case .name(let name):
      writer.write(UInt8(3))
      writer.write(name)
    case .flag(let isOn):
      writer.write(UInt8(4))
      writer.write(UInt8(isOn ? 1 : 0))
    }
  }

  init(_ bytes: borrowing RawSpan, at cursor: inout ByteCursor) throws(ByteCursor.Ended) {
    switch try cursor.byte(bytes) {
    case 0: self = .none
    case 1: self = .number(try cursor.long(bytes))
    case 2: self = .bits(try cursor.long(bytes))
    case 3: self = .name(try cursor.name(bytes))
    case 4: self = .flag(try cursor.byte(bytes) != 0)
    case _: throw ByteCursor.Ended()
    }
  }
}
