// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
package import CBaton

@c @implementation
package func baton_machine_create(
  _ chart: OpaquePointer?, _ trace: OpaquePointer?, _ calls: UnsafePointer<baton_machine_calls>?,
  _ context: UnsafeMutableRawPointer?, _ machine: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  // Safe: the handles are checked, and the rest is the host's.
  unsafe enter(chart, ChartHandle.self) { handle throws(Hindrance) in
    guard unsafe machine != nil else { throw .rule("there is no place for the handle") }
    let observer = unsafe try TraceHandle.optional(trace, on: handle.home)
    var given = baton_machine_calls()
    if unsafe calls != nil {
      guard let read = unsafe Struct.read(calls, zero: given) else {
        throw .rule("the size of the calls of a machine is not set")
      }
      given = read
    }
    // Safe: as above.
    try unsafe MachineHandle(handle, observer, given, context).issueItself(machine)
    return 0
  }
}

@c @implementation
package func baton_machine_destroy(_ machine: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(machine, MachineHandle.self) { handle throws(Hindrance) in
    try handle.expectRest()
    try handle.destroy()
    return 0
  }
}

@c @implementation
package func baton_machine_start(_ machine: OpaquePointer?, _ why: Why) -> CInt {
  // Safe: the handle is checked, and `why` is the host's.
  unsafe enter(machine, MachineHandle.self, why) { handle throws(Hindrance) in
    try handle.expectRest()
    guard !handle.hasBegun else { throw .rule("a machine is started that has begun") }
    try handle.start()
    return 0
  }
}

@c @implementation
package func baton_machine_send(
  _ machine: OpaquePointer?, _ event: UInt32, _ data: UnsafeRawPointer?, _ count: Int, _ why: Why
) -> CInt {
  // Safe: the handle is checked, and the rest is the host's. A machine keeps itself before it tells
  // its host anything, and is not destroyed while it is busy.
  unsafe enterUnheld(machine, MachineHandle.self, why) { handle throws(Hindrance) in
    // Safe: as above.
    unsafe try handle.send(event, data, count)
  }
}

/// What an action asks of the machine that runs it.
private func want(
  _ machine: OpaquePointer?,
  _ body: (MachineHandle, inout Outbox<HostChart>) throws(Hindrance) -> Void
) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(machine, MachineHandle.self) { handle throws(Hindrance) in
    // Safe: lent for as long as the action runs, which is the one that calls here.
    guard let outbox = unsafe handle.lentOutbox else {
      throw .rule("only an action of the machine's own may ask for this")
    }
    // Safe: as above.
    try unsafe body(handle, &outbox.pointee)
    return 0
  }
}

/// The same with an event of the host's, whose bytes are copied.
private func want(
  _ machine: OpaquePointer?, _ event: UInt32, _ data: UnsafeRawPointer?, _ count: Int,
  _ body: (inout Outbox<HostChart>, HostEvent) -> Void
) -> CInt {
  // Safe: the handle is checked, and the bytes are the host's.
  unsafe want(machine) { handle, outbox throws(Hindrance) in
    body(&outbox, try unsafe handle.event(event, data, count))
  }
}

@c @implementation
package func baton_machine_raise(
  _ machine: OpaquePointer?, _ event: UInt32, _ data: UnsafeRawPointer?, _ count: Int
) -> CInt {
  // Safe: the handle is checked, and the bytes are the host's.
  unsafe want(machine, event, data, count) { $0.raise($1) }
}

@c @implementation
package func baton_machine_fail(
  _ machine: OpaquePointer?, _ event: UInt32, _ data: UnsafeRawPointer?, _ count: Int
) -> CInt {
  // Safe: the handle is checked, and the bytes are the host's.
  unsafe want(machine, event, data, count) { $0.fail($1) }
}

@c @implementation
package func baton_machine_finish(
  _ machine: OpaquePointer?, _ event: UInt32, _ data: UnsafeRawPointer?, _ count: Int
) -> CInt {
  // Safe: the handle is checked, and the bytes are the host's.
  unsafe want(machine, event, data, count) { $0.finish(with: $1) }
}

@c @implementation
package func baton_machine_send_after(
  _ machine: OpaquePointer?, _ nanoseconds: UInt64, _ id: UInt16, _ event: UInt32,
  _ data: UnsafeRawPointer?, _ count: Int
) -> CInt {
  // Safe: the handle is checked, and the bytes are the host's.
  unsafe want(machine, event, data, count) {
    // What is added to the time of now must not come before it.
    $0.send($1, after: min(nanoseconds, UInt64(Int64.max)), id: SendID(rawValue: id))
  }
}

@c @implementation
package func baton_machine_cancel(_ machine: OpaquePointer?, _ id: UInt16) -> CInt {
  // Safe: the handle is checked.
  unsafe want(machine) { _, outbox throws(Hindrance) in outbox.cancel(SendID(rawValue: id)) }
}

@c @implementation
package func baton_machine_state(_ machine: OpaquePointer?) -> UInt32 {
  // Safe: the handle is checked.
  unsafe askAtRest(machine, or: 0) { UInt32($0.machine.state.rawValue) + 1 }
}

@c @implementation
package func baton_machine_in(_ machine: OpaquePointer?, _ state: UInt32) -> CInt {
  // Safe: the handle is checked.
  unsafe askAtRest(machine, or: 0) { handle in
    guard state > 0, state <= handle.chart.names.states.count else { return 0 }
    return handle.machine.isActive(HostSymbol(rawValue: UInt8(state - 1))) ? 1 : 0
  }
}

@c @implementation
package func baton_machine_configuration(
  _ machine: OpaquePointer?, _ states: UnsafeMutablePointer<UInt32>?, _ capacity: Int
) -> Int {
  // Safe: the handle is checked, and there is room for `capacity` numbers.
  unsafe askAtRest(machine, or: 0) { handle in
    let active = handle.configuration
    for (place, state) in active.enumerated() where place < capacity {
      // Safe: as above.
      if let states = unsafe states { unsafe states[place] = state }
    }
    return active.count
  }
}

@c @implementation
package func baton_machine_is_done(_ machine: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe askAtRest(machine, or: 0) { $0.isDone ? 1 : 0 }
}

@c @implementation
package func baton_machine_save(
  _ machine: OpaquePointer?, _ bytes: UnsafeMutableRawPointer?, _ capacity: Int
) -> Int {
  // Safe: the handle is checked, and there is room for `capacity` bytes.
  unsafe askAtRest(machine, or: 0) { handle in
    let saved = SavedChart.bytes(
      handle.machine, handle.chart.names, at: handle.home.loop.now)
    guard let bytes = unsafe bytes, capacity >= saved.count else { return saved.count }
    // Safe: as above.
    unsafe saved.withUnsafeBytes { from in
      if let start = from.baseAddress {
        unsafe bytes.copyMemory(from: start, byteCount: from.count)
      }
    }
    return saved.count
  }
}

@c @implementation
package func baton_machine_restore(
  _ machine: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ count: Int, _ timers: CInt, _ why: Why
) -> CInt {
  // Safe: the handle is checked, and the rest is the host's.
  unsafe enter(machine, MachineHandle.self, why) { handle throws(Hindrance) in
    try handle.expectRest()
    guard let policy = UInt8(exactly: timers).flatMap(TimerPolicy.init(rawValue:)) else {
      throw .rule("what becomes of the timers is none of the three")
    }
    // Safe: the caller lends so many bytes.
    guard count >= 0, unsafe count == 0 || bytes != nil else { throw .rule("the bytes are NULL") }
    try handle.restore(unsafe UnsafeRawBufferPointer(start: bytes, count: count).bytes, policy)
    return 0
  }
}

/// Asks a machine that has begun and rests, which the answer for misuse is else.
@inline(__always)
private func askAtRest<Result>(
  _ machine: OpaquePointer?, or none: Result, _ body: (MachineHandle) -> Result
) -> Result {
  // Safe: the handle is checked.
  unsafe ask(machine, MachineHandle.self, or: none) { handle in
    guard handle.isBusy else { return handle.hasBegun ? body(handle) : none }
    _ = Misuse("a machine is used in its own guards, actions or delays")
    return none
  }
}

extension MachineHandle {
  /// Refuses what would change the machine under its own guards, actions and delays.
  func expectRest() throws(Hindrance) {
    guard !isBusy else { throw .rule("a machine is used in its own guards, actions or delays") }
  }

  /// An event of the host's, whose bytes are copied.
  @inline(__always)
  func event(
    _ number: UInt32, _ data: UnsafeRawPointer?, _ count: Int
  ) throws(Hindrance) -> HostEvent {
    guard number > 0, number <= chart.names.events.count else {
      throw .rule("an event's number is none of the chart's")
    }
    var raw = baton_event()
    raw.number = number
    guard count != 0 else { return HostEvent(raw) }
    // Safe: the caller lends so many bytes.
    guard 0...ChartLimits.eventData ~= count, let data = unsafe data else {
      throw .rule("an event's data is NULL, or more than 56 bytes")
    }
    raw.count = UInt32(count)
    // Safe: as above, and there is room for them.
    unsafe withUnsafeMutableBytes(of: &raw.data) { place in
      unsafe place.copyMemory(from: UnsafeRawBufferPointer(start: data, count: count))
    }
    return HostEvent(raw)
  }
}
