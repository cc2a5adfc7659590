import CBaton
import Foundation
import Synchronization

/// A host in C of one port: everything that it does, it does on a thread of its own, as a process
/// would.
final class EmbeddedPort: Sendable {
  /// How the port and its front-ends find each other.
  enum Meeting {
    case path(String)
    case calls(String)
    case listener(CInt)
  }

  fileprivate enum Order {
    case migrate(String)
    case quit
  }

  /// What the callbacks were called with, and what came of the calls.
  let said = Mutex<[String]>([])
  let hasEnded = Atomic(false)
  fileprivate let orders = Mutex<[Order]>([])
  /// The host's mailbox and the host, as addresses; zero before there are any.
  fileprivate let mailbox = Atomic<UInt>(0)
  fileprivate let host = Atomic<UInt>(0)

  /// Starts the host.
  ///
  /// - Parameter address: Where a port comes from another host; nil to begin afresh.
  init(_ meeting: Meeting, tap: String, queues: UInt32 = 1, from address: String? = nil) {
    Thread.detachNewThread { [self] in
      let host = EmbeddedHost(self)
      host.begin(meeting, tap, queues, address)
      host.run()
      hasEnded.store(true, ordering: .releasing)
    }
  }

  fileprivate func note(_ text: String) { said.withLock { $0.append(text) } }

  func hasSaid(_ text: String) -> Bool { said.withLock { $0.contains(text) } }

  /// Gives the port to who listens there; once the host has begun.
  func migrate(to address: String) { give(.migrate(address)) }

  /// Ends the host; what it has not given away goes with it.
  func quit() { give(.quit) }

  private func give(_ order: Order) {
    orders.withLock { $0.append(order) }
    let (mailbox, host) = (mailbox.load(ordering: .acquiring), host.load(ordering: .acquiring))
    let answer = baton_mailbox_post(
      OpaquePointer(bitPattern: mailbox), { EmbeddedHost.of($0).obey() },
      UnsafeMutableRawPointer(bitPattern: host))
    if answer != 0 { note("posting answered \(answer)") }
  }
}

extension EmbeddedPort.Meeting {
  /// Its path, where it has one.
  fileprivate var text: String {
    switch self {
    case .path(let path), .calls(let path): path
    case .listener: ""
    }
  }
}

/// What is the thread's alone.
private final class EmbeddedHost {
  private let owner: EmbeddedPort
  private var loop: OpaquePointer?
  private var mailbox: OpaquePointer?
  private var port: OpaquePointer?
  private var outgoing: OpaquePointer?
  private var incoming: OpaquePointer?

  init(_ owner: EmbeddedPort) { self.owner = owner }

  static func of(_ context: UnsafeMutableRawPointer?) -> EmbeddedHost {
    Unmanaged<EmbeddedHost>.fromOpaque(context!).takeUnretainedValue()
  }

  private var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  private func note(_ text: String) { owner.note(text) }

  private static let calls: baton_port_calls = {
    var calls = baton_port_calls()
    calls.size = UInt32(MemoryLayout<baton_port_calls>.size)
    calls.connected = { process, context in of(context).note("connected \(process > 0)") }
    calls.left = { reason, context in
      of(context).note("left \(reason.map { String(cString: $0) } ?? "by itself")")
    }
    calls.unreached = { path, why, again, context in
      of(context).note("unreached \(String(cString: path!)) \(why != nil && again > 0)")
    }
    calls.serves = { place, context in of(context).note("serves \(place)") }
    return calls
  }()

  private static let migrationCalls: baton_migration_calls = {
    var calls = baton_migration_calls()
    calls.size = UInt32(MemoryLayout<baton_migration_calls>.size)
    calls.status = { status, context in
      of(context).note("status " + String(cString: baton_status_name(status)))
    }
    return calls
  }()

  private static func refusal() -> baton_refusal {
    var why = baton_refusal()
    why.size = UInt32(MemoryLayout<baton_refusal>.size)
    return why
  }

  private func expect(_ answer: CInt, _ what: String, _ why: baton_refusal) {
    let text = withUnsafeBytes(of: why.text) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    note(answer == 0 ? what : "\(what) answered \(answer): \(text)")
  }

  func begin(_ meeting: EmbeddedPort.Meeting, _ tap: String, _ queues: UInt32, _ address: String?) {
    var why = Self.refusal()
    expect(baton_loop_create(&loop, nil), "loop", why)
    expect(baton_mailbox_create(loop, &mailbox, &why), "mailbox", why)
    owner.host.store(UInt(bitPattern: context), ordering: .releasing)
    owner.mailbox.store(UInt(bitPattern: mailbox), ordering: .releasing)
    guard makePort(meeting, tap, queues, isIncoming: address != nil) else { return }
    var (devices, told) = ([baton_port_device(port)], Self.migrationCalls)
    if let address {
      var parameters = Self.parameters
      expect(
        baton_incoming_create(loop, nil, &devices, 1, nil, nil, &told, context, &incoming),
        "incoming", why)
      expect(baton_incoming_listen(incoming, address, &parameters, &why), "listening", why)
    } else {
      expect(
        baton_outgoing_create(loop, nil, &devices, 1, nil, nil, &told, context, &outgoing),
        "outgoing", why)
    }
  }

  private func makePort(
    _ meeting: EmbeddedPort.Meeting, _ tap: String, _ queues: UInt32, isIncoming: Bool
  ) -> Bool {
    var (options, calls, why) = (baton_port_options(), Self.calls, Self.refusal())
    options.size = UInt32(MemoryLayout<baton_port_options>.size)
    options.queues = queues
    let (name, path) = (strdup(tap), strdup(meeting.text))
    defer {
      free(name)
      free(path)
    }
    options.interface_name = UnsafePointer(name)
    switch meeting {
    case .path: options.path = UnsafePointer(path)
    case .calls: options.calls.0 = UnsafePointer(path)
    case .listener(let number): options.listener = number
    }
    let answer = baton_port_create(
      loop, "net0", &options, isIncoming ? 1 : 0, nil, nil, &calls, context, &port, &why)
    expect(answer, "port", why)
    return answer == 0
  }

  private static var parameters: baton_parameters {
    var parameters = baton_parameters()
    parameters.size = UInt32(MemoryLayout<baton_parameters>.size)
    parameters.transfers = 1
    return parameters
  }

  /// Does what was asked for, on the loop.
  func obey() {
    let all = owner.orders.withLock { orders in
      defer { orders = [] }
      return orders
    }
    for order in all {
      switch order {
      case .quit: baton_loop_stop(loop)
      case .migrate(let address):
        var (parameters, why) = (Self.parameters, Self.refusal())
        expect(baton_outgoing_migrate(outgoing, address, &parameters, &why), "migrating", why)
      }
    }
  }

  /// Runs until it is told to end, and takes everything apart.
  func run() {
    note("run \(baton_loop_run(loop))")
    if port != nil { note("blackout \(baton_port_blackout(port) > 0)") }
    if port != nil { note("front-ends \(baton_port_front_ends(port))") }
    if outgoing != nil { note("outgoing \(baton_outgoing_destroy(outgoing))") }
    if incoming != nil { note("incoming \(baton_incoming_destroy(incoming))") }
    if port != nil {
      note("close \(baton_port_close(port)) \(baton_port_is_closed(port))")
      note("port \(baton_port_destroy(port))")
    }
    note("mailbox \(baton_mailbox_destroy(mailbox))")
    note("loop \(baton_loop_destroy(loop))")
  }
}
