import CBaton
import Foundation
import Glibc
import Synchronization
import Testing

@testable import BatonEmbed

/// What a host must not do: an answer, and in a library that was built for debugging the end.
@Suite(.serialized, .timeLimit(.minutes(15))) struct MisuseTests {
  @Test func `a library built for debugging ends a host that breaks a rule`() async {
    await #expect(processExitsWith: .failure) { _ = baton_loop_run(nil) }
    await #expect(processExitsWith: .failure) {
      var loop: OpaquePointer?
      _ = baton_loop_create(&loop, nil)
      _ = baton_loop_destroy(loop)
      _ = baton_loop_stop(loop)
    }
    await #expect(processExitsWith: .success) {
      var loop: OpaquePointer?
      _ = baton_loop_create(&loop, nil)
      _ = baton_loop_destroy(loop)
    }
  }

  @Test func `a child of fork takes nothing away from its parent`() async {
    await #expect(processExitsWith: .exitCode(42)) {
      Misuse.toleranceCount.add(1, ordering: .relaxed)
      var (loop, mailbox): (OpaquePointer?, OpaquePointer?) = (nil, nil)
      guard baton_loop_create(&loop, nil) == 0, baton_mailbox_create(loop, &mailbox, nil) == 0
      else { exit(1) }
      // Safe: fork(2), which Swift hides since its children may do so little.
      typealias Fork = @convention(c) () -> pid_t
      guard let symbol = unsafe dlsym(nil, "fork") else { exit(2) }
      let child = unsafe unsafeBitCast(symbol, to: Fork.self)()
      if child == 0 {
        let answers = [
          baton_mailbox_post(mailbox, { _ in }, nil), baton_mailbox_destroy(mailbox),
          baton_loop_move_here(loop), baton_loop_turn(loop, 0), baton_loop_destroy(loop),
        ]
        _exit(answers.allSatisfy { $0 == Misuse.answer } ? 7 : 3)
      }
      var status: CInt = 0
      // Safe: a place for a status.
      guard unsafe waitpid(child, &status, 0) == child, status == 7 << 8 else { exit(4) }
      // The parent goes on as if nothing had been.
      guard baton_mailbox_destroy(mailbox) == 0, baton_loop_destroy(loop) == 0 else { exit(5) }
      exit(42)
    }
  }

  /// Runs without the end, and gives the answers.
  private func answering(_ body: (OpaquePointer) throws -> Void) throws {
    Misuse.toleranceCount.add(1, ordering: .relaxed)
    defer { Misuse.toleranceCount.subtract(1, ordering: .relaxed) }
    var loop: OpaquePointer?
    try #require(baton_loop_create(&loop, nil) == 0)
    let made = try #require(loop)
    try body(made)
    #expect(baton_loop_destroy(made) == 0)
  }

  @Test func `the sentence of a broken rule is told`() throws {
    try answering { loop in
      var why = Calls.refusal()
      #expect(baton_guest_allocate(loop, &why) == -2)
      #expect(why.cause == -2)
      #expect(Calls.text(why) == "a handle was destroyed, or is of another kind")
      #expect(baton_guest_create(loop, nil, 0, nil, nil, nil, &why) == -2)
      #expect(Calls.text(why).contains("their size is not set"))
    }
  }

  @Test func `a loop is neither driven nor destroyed in a callback, and stops in one`() throws {
    try answering { loop in
      let calls = Calls()
      var answers: [CInt] = []
      calls.inside = {
        answers = [
          baton_loop_run(loop), baton_loop_turn(loop, 0), baton_loop_destroy(loop),
          baton_loop_move_here(loop), baton_loop_stop(loop),
        ]
      }
      var timer: OpaquePointer?
      #expect(
        baton_timer_create(loop, { _ = Calls.of($0, "fire") }, calls.context, &timer) == 0)
      #expect(baton_timer_arm(timer, 0) == 0)
      #expect(baton_loop_run(loop) == 0)
      #expect(answers == [-2, -2, -2, -2, 0])
      #expect(calls.counts == ["fire": 1])
      #expect(baton_timer_destroy(timer) == 0)
    }
  }

  @Test func `a callback may destroy what called it`() throws {
    try answering { loop in
      let calls = Calls()
      var timer: OpaquePointer?
      calls.inside = { #expect(baton_timer_destroy(timer) == 0) }
      #expect(
        baton_timer_create(loop, { _ = Calls.of($0, "fire") }, calls.context, &timer) == 0)
      #expect(baton_timer_arm(timer, 0) == 0)
      while calls.counts.isEmpty, baton_loop_turn(loop, 0) >= 0 {}
      #expect(baton_timer_arm(timer, 0) == -2)
    }
  }

  @Test func `a trace has numbers for as many as come and go`() throws {
    try answering { loop in
      var trace: OpaquePointer?
      #expect(baton_trace_create(loop, 4, nil, nil, &trace) == 0)
      // More than a number of a record can tell apart.
      for _ in 0..<70_000 {
        var notifiers: OpaquePointer?
        try #require(baton_notifiers_create(loop, trace, &notifiers) == 0)
        try #require(baton_notifiers_destroy(notifiers) == 0)
      }
      let handle = try Handle.find(trace, as: TraceHandle.self)
      #expect(handle.trace.number() != handle.trace.number())
      #expect(baton_trace_destroy(trace) == 0)
    }
  }

  @Test(
    arguments: [
      (0, 1 << 63, "memory size 9223372036854775808 "), (0, 4095, "memory size 4095 "),
      (1, 4096, "memory address 0x1 "), (0 &- 4096, 4096, "an end below 2^64"),
      (0x1000, 8192, "no overlap"),
    ] as [(UInt64, UInt64, String)])
  func `a layout that cannot be says which and why`(
    address: UInt64, count: UInt64, words: String
  ) throws {
    try answering { loop in
      var (calls, why, guest) = (Calls.guest, Calls.refusal(), OpaquePointer?.none)
      let layout = [
        baton_region(guest_address: address, byte_count: count),
        baton_region(guest_address: 0x2000, byte_count: 4096),
      ]
      #expect(baton_guest_create(loop, layout, 2, &calls, nil, &guest, &why) == -1)
      #expect(Calls.text(why).contains(words), "\(Calls.text(why))")
      #expect(baton_guest_create(loop, layout, -1, &calls, nil, &guest, &why) == -1)
      #expect(Calls.text(why).contains("18446744073709551615"), "\(Calls.text(why))")
    }
  }

  @Test func `what is no descriptor to wait for is not watched`() throws {
    try answering { loop in
      var watch: OpaquePointer?
      for path in ["/dev/null", "/", "/proc/self/exe"] {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        #expect(fd >= 0 && baton_watch_create(loop, fd, 1, { _, _ in }, nil, &watch) == -2)
        close(fd)
      }
      var ends: [CInt] = [-1, -1]
      #expect(pipe(&ends) == 0)
      #expect(baton_watch_create(loop, ends[0], 1, { _, _ in }, nil, &watch) == 0)
      #expect(baton_watch_destroy(watch) == 0)
      for end in ends { close(end) }
    }
  }

  @Test func `a port's listener is one, unless it comes with a migration`() throws {
    try answering { loop in
      var (options, why, port) = (baton_port_options(), Calls.refusal(), OpaquePointer?.none)
      options.size = UInt32(MemoryLayout<baton_port_options>.size)
      var pair: [CInt] = [-1, -1]
      #expect(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &pair) == 0)
      let given = [
        pair[0], pair[1], socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0),
        socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0),
      ]
      for fd in given {
        options.listener = fd
        #expect(baton_port_create(loop, "net0", &options, 0, nil, nil, nil, nil, &port, &why) == -1)
        #expect(
          Calls.text(why)
            == "net0: descriptor \(fd) is not possible, expected 'a UNIX socket that listens'")
        close(fd)
      }
      options.listener = 999
      #expect(baton_port_create(loop, "net0", &options, 0, nil, nil, nil, nil, &port, &why) == -2)
      #expect(baton_port_create(loop, "net0", &options, 1, nil, nil, nil, nil, &port, &why) == 0)
      #expect(baton_port_destroy(port) == 0)
    }
  }

  @Test func `a trace is not read while a record of it is told`() throws {
    try answering { loop in
      final class Told {
        var trace: OpaquePointer?
        var answers: [Int] = []
      }
      let told = Told()
      let record: baton_record_fn = { _, context in
        guard let context else { return }
        let told = Unmanaged<Told>.fromOpaque(context).takeUnretainedValue()
        told.answers.append(baton_trace_json(told.trace, nil, 0))
      }
      let context = Unmanaged.passUnretained(told).toOpaque()
      #expect(baton_trace_create(loop, 4, record, context, &told.trace) == 0)
      let built = Blueprint.door.build(on: loop)
      let log = Log()
      var machine: OpaquePointer?
      #expect(baton_machine_create(built.chart, told.trace, nil, log.context, &machine) == 0)
      #expect(baton_machine_start(machine, nil) == 0)
      #expect(baton_machine_send(machine, 1, nil, 0, nil) == 0)
      #expect(baton_machine_destroy(machine) == 0 && baton_chart_destroy(built.chart) == 0)
      #expect(!told.answers.isEmpty && told.answers.allSatisfy { $0 == 0 })
      #expect(baton_trace_json(told.trace, nil, 0) > 10)
      #expect(baton_trace_destroy(told.trace) == 0)
    }
  }

  @Test func `a cell is used again only behind 1024 others`() throws {
    try answering { loop in
      var first: OpaquePointer?
      #expect(baton_trace_create(loop, 1, nil, nil, &first) == 0)
      #expect(baton_trace_destroy(first) == 0)
      for _ in 0..<1000 {
        var other: OpaquePointer?
        #expect(baton_trace_create(loop, 1, nil, nil, &other) == 0)
        #expect(other != first)
        #expect(baton_trace_destroy(other) == 0)
      }
      #expect(baton_trace_destroy(first) == -2)
    }
  }

  @Test func `no other thread uses the cell of a handle again`() throws {
    try answering { loop in
      var first: OpaquePointer?
      #expect(baton_trace_create(loop, 1, nil, nil, &first) == 0)
      #expect(baton_trace_destroy(first) == 0)
      let (address, done) = (UInt(bitPattern: first), DispatchSemaphore(value: 0))
      let reuses = Mutex(0)
      Thread {
        var loop: OpaquePointer?
        var count = baton_loop_create(&loop, nil) == 0 ? 0 : 1
        for _ in 0..<3000 {
          var other: OpaquePointer?
          _ = baton_trace_create(loop, 1, nil, nil, &other)
          if UInt(bitPattern: other) == address { count += 1 }
          _ = baton_trace_destroy(other)
        }
        if baton_loop_destroy(loop) != 0 { count += 1 }
        reuses.withLock { $0 = count }
        done.signal()
      }.start()
      #expect(done.wait(timeout: .now() + 60) == .success)
      #expect(reuses.withLock { $0 } == 0)
    }
  }

  @Test func `a number under which nothing is open is a broken rule, and ends nothing`() throws {
    try answering { loop in
      var (watch, net, guest): (OpaquePointer?, OpaquePointer?, OpaquePointer?)
      var (options, calls) = (Calls.options(), Calls.guest)
      var layout = baton_region(guest_address: 0, byte_count: 65536)
      #expect(baton_net_create(loop, "net0", &options, 1, nil, nil, nil, nil, &net, nil) == 0)
      #expect(baton_guest_create(loop, &layout, 1, &calls, nil, &guest, nil) == 0)
      for number: CInt in [-2, 100_000] {
        #expect(baton_watch_create(loop, number, 1, { _, _ in }, nil, &watch) == -2)
        #expect(baton_net_notify_by(net, 0, number) == -2)
        #expect(baton_net_interrupt_by(net, 0, number) == -2)
        var numbers = [number]
        #expect(baton_guest_map(guest, &numbers, 1, nil) == -2)
      }
      // Nor is a file waited for, and neither a pipe nor a socket rings.
      let file = open("/proc/self/exe", O_RDONLY)
      var (sockets, pipes): ([CInt], [CInt]) = ([-1, -1], [-1, -1])
      try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &sockets) == 0)
      try #require(pipe(&pipes) == 0)
      #expect(baton_watch_create(loop, file, 1, { _, _ in }, nil, &watch) == -2)
      for number in [file] + sockets + pipes {
        #expect(baton_net_notify_by(net, 0, number) == -2)
        #expect(baton_net_interrupt_by(net, 0, number) == -2)
      }
      for number in [file] + sockets + pipes { close(number) }
      #expect(baton_net_notify_by(net, 0, -1) == 0 && baton_net_interrupt_by(net, 0, -1) == 0)
      #expect(watch == nil && baton_guest_descriptor(guest, 0) == -1)
      #expect(baton_net_destroy(net) == 0 && baton_guest_destroy(guest) == 0)
    }
  }

  @Test func `structs of an older host are read and written as far as they go`() throws {
    try answering { loop in
      var why = Calls.refusal()
      why.size = 24
      why.text.0 = 7
      var options = Calls.options()
      options.size = 16
      // Cut before the address: a station's is needed.
      var net: OpaquePointer?
      #expect(baton_net_create(loop, "net0", &options, 1, nil, nil, nil, nil, &net, &why) == -1)
      #expect(why.cause == 1 && why.field == 17, "\(why.cause) \(why.field) \(why.error)")
      #expect(why.text.0 == 7)
    }
  }

  @Test func `a port is said to be one thing`() throws {
    try answering { loop in
      var (options, why) = (baton_port_options(), Calls.refusal())
      var port: OpaquePointer?
      func create() -> CInt {
        baton_port_create(loop, "net0", &options, 0, nil, nil, nil, nil, &port, &why)
      }
      #expect(create() == -2 && Calls.text(why).contains("size is not set"))
      options.size = UInt32(MemoryLayout<baton_port_options>.size)
      #expect(create() == -2 && Calls.text(why).contains("in no way, or in several"))
      "/nowhere/net.sock".withCString { path in
        (options.path, options.listener) = (path, 5)
        #expect(create() == -2)
        options.listener = 0
        options.queues = 129
        #expect(create() == -1 && Calls.text(why).contains("129"))
        (options.queues, options.ring_size_max) = (0, 100)
        #expect(create() == -1 && Calls.text(why).contains("100"))
        options.ring_size_max = 0
        // No such folder.
        #expect(create() == -1 && why.call_name.0 != 0 && port == nil, "\(Calls.text(why))")
        options.path = nil
        options.listener = 9_999
        #expect(create() == -2 && Calls.text(why) == "a descriptor is not open")
        // What is no socket is refused, and stays open.
        options.listener = dup(2)
        #expect(create() == -1)
        #expect(Calls.text(why).contains("a UNIX socket that listens"), "\(Calls.text(why))")
        #expect(close(options.listener) == 0)
      }
      #expect(baton_port_destroy(loop) == -2 && baton_port_close(nil) == -2)
      #expect(baton_port_device(loop) == nil && baton_port_front_ends(nil) == 0)
    }
  }

  @Test func `a device without its guest is not moved`() throws {
    try answering { loop in
      var (options, calls) = (Calls.options(), Calls.migration)
      var (net, outgoing): (OpaquePointer?, OpaquePointer?)
      #expect(
        baton_net_create(loop, "net0", &options, 1, nil, nil, nil, nil, &net, nil) == 0)
      var devices = [baton_net_device(net)]
      #expect(
        baton_outgoing_create(loop, nil, &devices, 1, nil, nil, &calls, nil, &outgoing) == -2)
      #expect(baton_net_destroy(net) == 0)
    }
  }
}
