import BatonCore
import CBaton

/// Refusals on their way out, and those of the host's on their way in.
extension baton_refusal {
  /// What was refused, as the host reads it.
  init(_ refusal: Refusal, text: String? = nil) {
    self.init()
    size = UInt32(MemoryLayout<Self>.size)
    cause = Int32(refusal.causeNumber)
    field = UInt32(refusal.fieldNumber)
    call = UInt32(refusal.call)
    error = refusal.code
    Text.put(refusal.subject.description.utf8, into: &subject)
    here = baton_value(refusal.here)
    there = baton_value(refusal.there)
    if refusal.cause == .systemCall, let known = Call(rawValue: refusal.call) {
      Text.put("\(known.name)".utf8, into: &call_name)
    }
    Text.put((text ?? refusal.description).utf8, into: &self.text)
  }

  /// Which rule was broken.
  init(_ misuse: Misuse) {
    self.init()
    size = UInt32(MemoryLayout<Self>.size)
    cause = Self.misuse
    Text.put("\(misuse.sentence)".utf8, into: &text)
  }

  /// One that a callback of the host's fills in.
  static var blank: Self {
    var blank = Self()
    blank.size = UInt32(MemoryLayout<Self>.size)
    blank.cause = -1
    return blank
  }

  private static var misuse: Int32 { -2 }

  /// What a callback said, about `name` unless it says otherwise; `cause` when it said nothing.
  func refusal(of name: Name, or cause: Refusal.Cause) -> Refusal {
    let known = UInt8(exactly: self.cause).flatMap { Refusal.Cause(rawValue: $0) }
    let field = UInt8(exactly: field).flatMap { Refusal.Field(rawValue: $0) } ?? .none
    let own = Name(bytes: Text.bytes(of: subject).prefix(Name.limit)) ?? Name()
    return Refusal(
      known ?? cause, field: field, subject: own.count > 0 ? own : name, here: here.value,
      there: there.value, call: UInt8(exactly: call) ?? 0, code: error)
  }
}

extension baton_value {
  init(_ value: Refusal.Value) {
    self.init()
    switch value {
    case .none: kind = 0
    case .number(let number): (kind, self.number) = (1, number)
    case .bits(let bits): (kind, number) = (2, bits)
    case .name(let text):
      kind = 3
      Text.put(text.description.utf8, into: &name)
    case .flag(let isOn): (kind, number) = (4, isOn ? 1 : 0)
    case .unknown(let unknown): (kind, number) = (255, UInt64(unknown))
    }
  }

  /// The value of the host's, nothing where it is of no kind.
  var value: Refusal.Value {
    switch kind {
    case 1: .number(number)
    case 2: .bits(number)
    case 3: .name(Name(bytes: Text.bytes(of: name).prefix(Name.limit)) ?? Name())
    case 4: .flag(number != 0)
    case _: .none
    }
  }
}
