import BatonTesting
import CBaton
import Foundation
import Synchronization

/// What may be done with each kind of handle, and what each answers to what it must not be.
extension Sequences {
  mutating func use(_ number: Int, _ choices: Choices) throws {
    guard let object = alive[number] else { return }
    let handle = object.handle
    switch object.kind {
    case .watch:
      try expect(baton_watch_suspend(handle), 0, "suspend")
      if choices.chance(oneIn: 2, "resume") { try expect(baton_watch_resume(handle), 0, "resume") }
    case .timer:
      try expect(baton_timer_arm(handle, UInt64(choices.below(1000, "delay"))), 0, "arm")
      if choices.chance(oneIn: 2, "disarm") { try expect(baton_timer_disarm(handle), 0, "disarm") }
    case .mailbox: try expect(baton_mailbox_post(handle, { _ in }, nil), 0, "post")
    case .trace: _ = baton_trace_json(handle, nil, 0)
    case .notifiers:
      var token: UInt64 = 0
      try expect(
        baton_notifiers_add(handle, { _, _, _ in 0 }, nil, 0, &token), 0, "add a notifier")
      try expect(baton_notifiers_remove(handle, token), 0, "remove it")
      try expect(baton_notifiers_remove(handle, token), 0, "remove it twice")
    case .guest: try useGuest(number, choices)
    case .net: try useNet(number, choices)
    case .port: try usePort(number, choices)
    case .device: break
    case .source: try useSource(handle, choices)
    case .chart:
      guard baton_chart_draw(handle, "dot", nil, 0) > 100 else { throw Wrong(what: "no drawing") }
    case .machine: try useMachine(number, choices)
    }
  }

  private mutating func useGuest(_ number: Int, _ choices: Choices) throws {
    guard let guest = alive[number] else { return }
    switch choices.below(3, "of a guest") {
    case 0:
      let wanted: CInt = guest.hasMemory ? -1 : 0
      try expect(baton_guest_allocate(guest.handle, nil), wanted, "allocate")
      alive[number]?.hasMemory = true
    case 1:
      let isUsed = users(number) > 0 && guest.hasMemory
      let wanted: CInt = isAttached(number) || isUsed ? -2 : 0
      try expect(baton_guest_forget(guest.handle), wanted, "forget")
      if wanted == 0 { alive[number]?.hasMemory = false }
    case _:
      let place = baton_guest_memory(guest.handle, 65535, 1)
      guard (place != nil) == guest.hasMemory else { throw Wrong(what: "the memory is not there") }
      guard baton_guest_memory(guest.handle, 65535, 2) == nil else { throw Wrong(what: "beyond") }
      guard (baton_guest_descriptor(guest.handle, 0) >= 0) == guest.hasMemory else {
        throw Wrong(what: "the descriptor is not there")
      }
      place?.storeBytes(of: 7, as: UInt8.self)
    }
  }

  private mutating func useMachine(_ number: Int, _ choices: Choices) throws {
    guard let machine = alive[number] else { return }
    let byte = UInt8(choices.below(4, "what a machine does"))
    switch byte {
    case 0:
      try expect(baton_machine_start(machine.handle, nil), machine.isBegun ? -2 : 0, "start")
      alive[number]?.isBegun = true
    case 1:
      var bytes = Array(repeating: UInt8(0), count: 1024)
      let count = baton_machine_save(machine.handle, &bytes, bytes.count)
      guard (count > 0) == machine.isBegun else { throw Wrong(what: "\(count) bytes") }
      try expect(
        baton_machine_restore(machine.handle, bytes, count, 0, nil), count > 0 ? 0 : -1, "restore")
    case _:
      let answer = ChartTests.send(machine.handle, UInt32(byte) - 1, byte)
      try expect(answer, machine.isBegun ? 0 : -2, "send")
    }
    let state = baton_machine_state(machine.handle)
    let isBegun = alive[number]?.isBegun == true
    guard state == (isBegun ? 1 : 0) else { throw Wrong(what: "state \(state)") }
  }

  private mutating func useNet(_ number: Int, _ choices: Choices) throws {
    guard let net = alive[number] else { return }
    switch choices.below(4, "of a device") {
    case 0:
      guard let guest = some(.guest, choices), let hasMemory = alive[guest]?.hasMemory else {
        return
      }
      try expect(
        baton_net_attach(net.handle, handle(guest), nil), hasMemory ? 0 : -1, "attach")
      if hasMemory { alive[number]?.attachedTo = guest }
    case 1:
      try expect(baton_net_await(net.handle, nil), net.isBegun ? -1 : 0, "await")
      alive[number]?.isBegun = true
    case 2:
      let wanted: CInt = users(number) > 0 ? -2 : 0
      try expect(baton_net_close(net.handle), wanted, "close")
      guard wanted == 0 else { return }
      alive[number]?.isBegun = true
      alive[number]?.attachedTo = nil
    case _:
      try expect(baton_net_notify(net.handle, UInt32(choices.below(9, "queue"))), 0, "notify")
      try expect(baton_net_set_status(net.handle, 1), -1, "a register before there is a TAP")
      guard baton_net_status(net.handle) == 0 else { throw Wrong(what: "a status") }
    }
  }

  private mutating func usePort(_ number: Int, _ choices: Choices) throws {
    guard let port = alive[number] else { return }
    guard baton_port_device(port.handle) == port.handle, baton_port_front_ends(port.handle) == 0,
      baton_port_blackout(port.handle) == 0
    else { throw Wrong(what: "a port that waits has something") }
    var name = [CChar](repeating: 0, count: 16)
    try expect(baton_port_interface(port.handle, &name), -1, "an interface before there is a TAP")
    try expect(baton_port_is_closed(port.handle), port.isBegun ? 1 : 0, "is it closed")
    guard choices.chance(oneIn: 3, "close") else { return }
    let wanted: CInt = users(number) > 0 ? -2 : 0
    try expect(baton_port_close(port.handle), wanted, "close a port")
    if wanted == 0 { alive[number]?.isBegun = true }
  }

  private mutating func useSource(_ source: OpaquePointer, _ choices: Choices) throws {
    var why = Calls.refusal()
    let status = baton_outgoing_status(source)
    guard status == 0 || status == 8 else { throw Wrong(what: "status \(status)") }
    try expect(baton_outgoing_proceed(source, &why), -1, "proceed")
    guard why.cause == 22 else { throw Wrong(what: "the cause is \(why.cause)") }
    var parameters = Calls.parameters()
    try expect(baton_outgoing_migrate(source, "tcp:1", &parameters, &why), -1, "over TCP")
    guard why.cause == 6 else { throw Wrong(what: "the cause is \(why.cause)") }
    var stamps = baton_stamps()
    try expect(baton_outgoing_stamps(source, &stamps), -2, "stamps without a size")
    stamps.size = UInt32(MemoryLayout<baton_stamps>.size)
    try expect(baton_outgoing_stamps(source, &stamps), 0, "stamps")
  }

  /// NULL, a handle that was destroyed, and one of another kind.
  func misuse(_ choices: Choices) throws {
    let kind = choices.pick(Kind.allCases, "kind")
    var strangers: [OpaquePointer?] = [nil, loop]
    strangers += dead.suffix(40).map(\.handle)
    strangers += alive.values.filter { $0.kind != kind && !isDevice($0.kind, as: kind) }.map(
      \.handle)
    for stranger in strangers {
      try expect(Self.destroy(kind, stranger), -2, "destroy a stranger as \(kind)")
      for (place, call) in Self.others(of: kind).enumerated() {
        try expect(call(stranger), -2, "call \(place) of \(kind) with a stranger")
      }
    }
  }

  /// A network device or a port is one that moves.
  private func isDevice(_ kind: Kind, as other: Kind) -> Bool {
    (kind == .net || kind == .port) && other == .device
  }

  private static func others(of kind: Kind) -> [(OpaquePointer?) -> CInt] {
    switch kind {
    case .watch: [{ baton_watch_suspend($0) }, { baton_watch_resume($0) }]
    case .timer: [{ baton_timer_arm($0, 1) }, { baton_timer_disarm($0) }]
    case .mailbox: [{ baton_mailbox_post($0, { _ in }, nil) }]
    case .trace: [{ baton_trace_json($0, nil, 0) == 0 ? -2 : 0 }]
    case .notifiers: [{ baton_notifiers_remove($0, 1) }]
    case .guest:
      [
        { baton_guest_allocate($0, nil) }, { baton_guest_forget($0) },
        { baton_guest_memory($0, 0, 1) == nil ? -2 : 0 },
      ]
    case .net:
      [
        { baton_net_open($0, nil) }, { baton_net_await($0, nil) }, { baton_net_notify($0, 1) },
        { baton_net_close($0) }, { baton_net_set_status($0, 1) },
      ]
    case .port:
      [
        { baton_port_close($0) }, { baton_port_is_closed($0) },
        { baton_port_device($0) == nil ? -2 : 0 }, { baton_port_interface($0, nil) },
      ]
    case .device: []
    case .chart: [{ baton_chart_draw($0, "dot", nil, 0) == 0 ? -2 : 0 }]
    case .machine:
      [
        { baton_machine_start($0, nil) }, { ChartTests.send($0, 1) },
        { baton_machine_raise($0, 1, nil, 0) }, { baton_machine_state($0) == 0 ? -2 : 0 },
        { baton_machine_save($0, nil, 0) == 0 ? -2 : 0 },
      ]
    case .source:
      [
        { baton_outgoing_cancel($0) }, { baton_outgoing_status($0) },
        { baton_outgoing_migrate($0, "unix:/a", nil, nil) }, { baton_outgoing_refusal($0, nil) },
      ]
    }
  }

  /// Another thread may post, and nothing else.
  func callFromElsewhere() throws {
    let done = DispatchSemaphore(value: 0)
    let address = UInt(bitPattern: loop)
    let post = all(.mailbox).first.map { UInt(bitPattern: handle($0)) }
    let answers = Answers()
    Thread {
      answers.all.withLock { $0.append(baton_loop_stop(OpaquePointer(bitPattern: address))) }
      let given = post.map {
        baton_mailbox_post(OpaquePointer(bitPattern: $0), { _ in }, nil)
      }
      answers.all.withLock { $0.append(given ?? 0) }
      done.signal()
    }.start()
    guard done.wait(timeout: .now() + 20) == .success else { throw Wrong(what: "a thread hangs") }
    let given = answers.all.withLock { $0 }
    try expect(given[0], -2, "stop from another thread")
    try expect(given[1], 0, "post from another thread")
  }
}

/// What another thread was answered; it writes before it signals.
private final class Answers: Sendable {
  let all = Mutex<[CInt]>([])
}
