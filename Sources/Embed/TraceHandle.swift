// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
package import CBaton

/// A trace as the host knows it.
final class TraceHandle: Handle {
  override class var mark: UInt { 0x100 }

  let trace: Trace

  /// A trace that keeps so many records.
  init(_ home: Home, capacity: Int) {
    trace = Trace(capacity: capacity)
    super.init(home)
  }

  /// The trace of a handle that may be NULL, and belongs to this loop.
  static func optional(_ pointer: OpaquePointer?, on home: Home) throws(Hindrance) -> TraceHandle? {
    // Safe: only compared.
    guard unsafe pointer != nil else { return nil }
    // Safe: the handle is checked.
    let handle = unsafe try Handle.find(pointer, as: TraceHandle.self)
    guard handle.home === home else { throw .rule("a trace is of another loop") }
    return handle
  }
}

/// Tells the host of each record.
@safe final class RecordSink: TraceSink {
  private let call: baton_record_fn
  private let context: UnsafeMutableRawPointer?
  private let home: Home

  /// Tells this function.
  init(_ home: Home, _ call: @escaping baton_record_fn, _ context: UnsafeMutableRawPointer?) {
    self.home = home
    // Safe: only stored; the host keeps its context for as long as the trace.
    unsafe (self.call, self.context) = (call, context)
  }

  func write(_ record: TransitionRecord) {
    var told = baton_record()
    told.size = UInt32(MemoryLayout<baton_record>.size)
    told.machine = UInt32(record.machine)
    told.time = record.time
    told.trigger = UInt32(record.trigger)
    told.transition = record.transition.map { Int32($0) } ?? -1
    told.from = UInt32(record.from)
    told.to = UInt32(record.to)
    told.outcome = UInt32(record.outcome.rawValue)
    told.effect_count = UInt32(record.effectCount)
    home.isRecording = true
    defer { home.isRecording = false }
    // Safe: the host's function and context; the record outlives the call.
    home.move { unsafe call(&told, context) }
  }
}

@available(*, unavailable)
extension RecordSink: Sendable {}

@c @implementation
package func baton_trace_create(
  _ loop: OpaquePointer?, _ capacity: Int, _ record: baton_record_fn?,
  _ context: UnsafeMutableRawPointer?, _ trace: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  // Safe: the handle is checked, and the rest is the host's.
  unsafe enter(loop, LoopHandle.self) { handle throws(Hindrance) in
    guard 0...0x100_0000 ~= capacity else { throw .rule("a trace keeps 16777216 records at most") }
    let made = TraceHandle(handle.home, capacity: capacity == 0 ? 4096 : capacity)
    // Safe: as above.
    if let record = unsafe record {
      made.trace.sink = unsafe RecordSink(handle.home, record, context)
    }
    // Safe: as above.
    try unsafe made.issue(trace)
    return 0
  }
}

@c @implementation
package func baton_trace_destroy(_ trace: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe destroyHandle(trace, TraceHandle.self)
}

@c @implementation
package func baton_trace_json(
  _ trace: OpaquePointer?, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int
) -> Int {
  // Safe: the handle is checked, and the text has room for `capacity` bytes.
  unsafe ask(trace, TraceHandle.self, or: 0) { handle in
    guard !handle.home.isRecording else {
      _ = Misuse("a trace is not read while a record of it is told")
      return 0
    }
    // Safe: as above.
    return unsafe Text.copy(handle.trace.jsonLines, to: text, capacity)
  }
}
