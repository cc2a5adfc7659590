import BatonCore
import CBaton

/// A movable device that the host performs by functions of its own.
@safe final class HostDevice: Movable {
  let name: Name
  let kind: Name
  private let home: Home
  private let calls: baton_device_calls
  private let context: UnsafeMutableRawPointer?

  /// How many descriptors one device may lend, as docs/EMBEDDING.md says.
  private static let lentMax = 1024

  /// Nil when one of the calls that are needed is missing.
  init?(
    _ home: Home, _ name: Name, _ kind: Name, _ calls: baton_device_calls,
    _ context: UnsafeMutableRawPointer?
  ) {
    // Safe: only compared with NULL.
    guard unsafe calls.describe != nil, unsafe calls.lend != nil, unsafe calls.quiesce != nil,
      unsafe calls.save != nil, unsafe calls.inspect != nil, unsafe calls.load != nil,
      unsafe calls.take != nil, unsafe calls.activate != nil, unsafe calls.discard != nil
    else { return nil }
    (self.home, self.name, self.kind) = (home, name, kind)
    // Safe: only stored; the host keeps its context for as long as the device.
    unsafe (self.calls, self.context) = (calls, context)
  }

  /// Calls what may refuse; any answer but 0 is a refusal.
  private func perform(
    _ body: (UnsafeMutablePointer<baton_refusal>, UnsafeMutableRawPointer?) -> CInt
  ) throws(Refusal) {
    var why = baton_refusal.blank
    // Safe: the refusal outlives the call.
    let answer = home.move { unsafe body(&why, context) }
    if answer != 0 { throw why.refusal(of: name, or: .vetoed) }
  }

  /// Calls what cannot refuse.
  private func perform(_ call: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?) {
    // Safe: the host's function and context, which live as long as the device.
    home.move { unsafe call?(context) }
  }

  // MARK: On the source

  func describe(into writer: inout ByteWriter) throws(Refusal) {
    // Safe: the host's function; the writer is lent for the call.
    try unsafe perform { why, context in
      unsafe Pen.lend(to: &writer) { unsafe calls.describe?($0, why, context) ?? 0 }
    }
  }

  func lend() -> [CInt] {
    var lent = [CInt](repeating: -1, count: Self.lentMax)
    // Safe: the host's function, which fills in no more than it is told that there is room for.
    let count = unsafe lent.withUnsafeMutableBufferPointer { buffer in
      home.move { unsafe calls.lend?(buffer.baseAddress, buffer.count, context) ?? 0 }
    }
    // Too many are refused by who asks; a size_t beyond an Int is negative here.
    guard 0...Self.lentMax ~= count else { return lent + [-1] }
    return Array(lent.prefix(count))
  }

  func quiesce() throws(Refusal) {
    // Safe: the host's function and context.
    try unsafe perform { unsafe calls.quiesce?($0, $1) ?? 0 }
  }

  func save(into writer: inout ByteWriter) throws(Refusal) {
    // Safe: the host's function; the writer is lent for the call.
    try unsafe perform { why, context in
      unsafe Pen.lend(to: &writer) { unsafe calls.save?($0, why, context) ?? 0 }
    }
  }

  func restore() throws(Refusal) {
    // Safe: the host's function and context.
    try unsafe perform { unsafe calls.restore?($0, $1) ?? 0 }
  }

  // Safe: the host's functions, which take the context.
  func withdraw() { unsafe perform(calls.withdraw) }
  func release() { unsafe perform(calls.release) }

  // MARK: On the target

  func inspect(
    _ properties: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) throws(Refusal) -> Adoption {
    var why = baton_refusal.blank
    var numbers: [CInt] = []
    while let descriptor = descriptors.takeFirst() { numbers.append(descriptor.release()) }
    // Safe: bytes and numbers are lent for the call.
    let answer = unsafe properties.withUnsafeBytes { bytes in
      unsafe numbers.withUnsafeBufferPointer { given in
        home.move {
          unsafe calls.inspect?(
            bytes.baseAddress, bytes.count, given.baseAddress, given.count, &why, context) ?? 0
        }
      }
    }
    if let adoption = UInt8(exactly: answer).flatMap(Adoption.init(rawValue:)) { return adoption }
    for number in numbers { home.kernel.close(number) }
    throw why.refusal(of: name, or: .wrongState)
  }

  func load(_ state: borrowing RawSpan) throws(Refusal) {
    var why = baton_refusal.blank
    // Safe: the bytes are lent for the call.
    let answer = unsafe state.withUnsafeBytes { bytes in
      home.move { unsafe calls.load?(bytes.baseAddress, bytes.count, &why, context) ?? 0 }
    }
    if answer != 0 { throw why.refusal(of: name, or: .wrongState) }
  }

  func take() throws(Refusal) {
    // Safe: the host's function and context.
    try unsafe perform { unsafe calls.take?($0, $1) ?? 0 }
  }

  // Safe: the host's functions, which take the context.
  func activate() { unsafe perform(calls.activate) }
  func discard() { unsafe perform(calls.discard) }

  var mutatingCalls: UInt64 {
    // Safe: the host's function and context.
    home.move { unsafe calls.mutating_calls?(context) ?? 0 }
  }
}

@available(*, unavailable)
extension HostDevice: Sendable {}
