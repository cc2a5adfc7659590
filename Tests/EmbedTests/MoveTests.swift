import CBaton
import Foundation
import Testing

/// A whole move between two migrations of one process, with a device of the host's own.
@Suite(.serialized, .timeLimit(.minutes(15))) struct MoveTests {
  /// One side: its guest, its device and what it was called for.
  struct Side {
    let calls = Calls()
    var guest: OpaquePointer?
    var device: OpaquePointer?
    var migration: OpaquePointer?

    init(_ loop: OpaquePointer?, kind: String = "log") throws {
      var layout = baton_region(guest_address: 0x1000, byte_count: 65536)
      var guestCalls = Calls.guest
      var deviceCalls = Calls.device
      try #require(
        baton_guest_create(loop, &layout, 1, &guestCalls, calls.context, &guest, nil) == 0)
      try #require(
        baton_device_create(loop, "log0", kind, &deviceCalls, calls.context, &device, nil) == 0)
    }
  }

  private struct Pair {
    var loop: OpaquePointer?
    let source: Side
    let target: Side
    let path = "/tmp/baton-\(getpid())-\(UInt32.random(in: 0...(.max)))"

    init(kind: String = "log") throws {
      try #require(baton_loop_create(&loop, nil) == 0)
      source = try Side(loop)
      target = try Side(loop, kind: kind)
    }

    /// Moves, and answers the statuses of both sides.
    ///
    /// - Parameters:
    ///   - notifiers: Those of the target.
    ///   - turned: Called after every round.
    func move(
      notifiers: OpaquePointer? = nil, turned: () -> Void = {}
    ) throws -> (source: CInt, target: CInt, refusal: baton_refusal) {
      var (outgoing, incoming): (OpaquePointer?, OpaquePointer?)
      var calls = Calls.migration
      var devices = [source.device]
      #expect(baton_guest_allocate(source.guest, nil) == 0)
      baton_guest_memory(source.guest, 0x1004, 1)?.storeBytes(of: 42, as: UInt8.self)
      target.calls.isRunning = false
      #expect(
        baton_outgoing_create(
          loop, source.guest, &devices, 1, nil, nil, &calls, source.calls.context, &outgoing) == 0)
      devices = [target.device]
      #expect(
        baton_incoming_create(
          loop, target.guest, &devices, 1, notifiers, nil, &calls, target.calls.context, &incoming)
          == 0)
      var parameters = Calls.parameters()
      #expect(baton_incoming_listen(incoming, "unix:\(path)", &parameters, nil) == 0)
      #expect(baton_outgoing_migrate(outgoing, "unix:\(path)", &parameters, nil) == 0)
      let deadline = Date(timeIntervalSinceNow: 20)
      while ![3, 7, 8].contains(baton_outgoing_status(outgoing)), Date() < deadline {
        _ = baton_loop_turn(loop, 0)
        turned()
      }
      var why = Calls.refusal()
      _ = baton_outgoing_refusal(outgoing, &why)
      let answer = (baton_outgoing_status(outgoing), baton_incoming_status(incoming), why)
      #expect(baton_outgoing_destroy(outgoing) == 0)
      #expect(baton_incoming_destroy(incoming) == 0)
      return answer
    }

    /// Moves with two loops, one round of each in turn, and destroys the source's side behind so
    /// many of them; answers whether anything was on its way then.
    func breakOff(behind rounds: Int) throws -> Bool {
      var (outgoing, incoming): (OpaquePointer?, OpaquePointer?)
      var (calls, parameters) = (Calls.migration, Calls.parameters())
      var devices = [source.device]
      #expect(baton_guest_allocate(source.guest, nil) == 0)
      target.calls.isRunning = false
      #expect(
        baton_outgoing_create(
          loop, source.guest, &devices, 1, nil, nil, &calls, source.calls.context, &outgoing) == 0)
      devices = [target.device]
      #expect(
        baton_incoming_create(
          loop, target.guest, &devices, 1, nil, nil, &calls, target.calls.context, &incoming) == 0)
      #expect(baton_incoming_listen(incoming, "unix:\(path)", &parameters, nil) == 0)
      #expect(baton_outgoing_migrate(outgoing, "unix:\(path)", &parameters, nil) == 0)
      for _ in 0..<rounds { _ = baton_loop_turn(loop, 0) }
      let isUnderWay = ![3, 7, 8].contains(baton_outgoing_status(outgoing))
      #expect(baton_outgoing_destroy(outgoing) == 0)
      let deadline = Date(timeIntervalSinceNow: 20)
      while ![0, 3, 7, 8].contains(baton_incoming_status(incoming)), Date() < deadline {
        _ = baton_loop_turn(loop, 0)
      }
      #expect(Date() < deadline)
      #expect(baton_incoming_destroy(incoming) == 0)
      return isUnderWay
    }

    func end() {
      for side in [source, target] {
        #expect(baton_device_destroy(side.device) == 0)
        #expect(baton_guest_destroy(side.guest) == 0)
      }
      #expect(baton_loop_destroy(loop) == 0)
    }
  }

  @Test func `memory, device and state go, and the guest runs at the target alone`() throws {
    let pair = try Pair()
    let (source, target, _) = try pair.move()
    #expect(source == 7 && target == 7)
    #expect(!pair.source.calls.isRunning && pair.target.calls.isRunning)
    let moved = baton_guest_memory(pair.target.guest, 0x1004, 1)
    #expect(moved?.load(as: UInt8.self) == 42)
    #expect(baton_guest_memory(pair.source.guest, 0x1004, 1) == nil)
    let expected = ["inspect", "load_3", "take", "activate", "adopt", "start"]
    for name in expected { #expect(pair.target.calls.counts[name] == 1, "\(name)") }
    for name in ["describe", "quiesce", "release", "stop"] {
      #expect(pair.source.calls.counts[name] == 1, "\(name)")
    }
    pair.end()
  }

  @Test(arguments: [(1, "Bad file descriptor"), (1025, "expected 1024"), (-1, "expected 1024")])
  func `what cannot be lent fails the migration by name`(count: Int, words: String) throws {
    let pair = try Pair()
    pair.source.calls.lent = count
    let (source, _, why) = try pair.move()
    #expect(source == 8 && pair.source.calls.counts["lend"] == 1)
    #expect(Calls.text(why).contains(words), "\(Calls.text(why))")
    #expect(pair.source.calls.isRunning && !pair.target.calls.isRunning)
    pair.end()
  }

  @Test func `a guest is moved by one migration at a time`() throws {
    let pair = try Pair()
    let other = try Side(pair.loop)
    var (calls, parameters) = (Calls.migration, Calls.parameters())
    var (outgoing, incoming): ([OpaquePointer?], [OpaquePointer?]) = ([nil, nil], [nil, nil])
    #expect(baton_guest_allocate(pair.source.guest, nil) == 0)
    let paths = ["unix:\(pair.path)", "unix:\(pair.path)-other"]
    for (number, target) in [pair.target, other].enumerated() {
      target.calls.isRunning = false
      var devices = [target.device]
      #expect(
        baton_incoming_create(
          pair.loop, target.guest, &devices, 1, nil, nil, &calls, target.calls.context,
          &incoming[number]) == 0)
      #expect(baton_incoming_listen(incoming[number], paths[number], &parameters, nil) == 0)
      devices = [pair.source.device]
      #expect(
        baton_outgoing_create(
          pair.loop, pair.source.guest, &devices, 1, nil, nil, &calls, pair.source.calls.context,
          &outgoing[number]) == 0)
    }
    var why = Calls.refusal()
    #expect(baton_outgoing_migrate(outgoing[0], paths[0], &parameters, nil) == 0)
    #expect(baton_outgoing_migrate(outgoing[1], paths[1], &parameters, &why) == -1)
    #expect(Calls.text(why) == "ram: not possible in state 'on its way'")
    let deadline = Date(timeIntervalSinceNow: 20)
    while baton_outgoing_status(outgoing[0]) != 7, Date() < deadline {
      _ = baton_loop_turn(pair.loop, 0)
    }
    #expect(pair.target.calls.isRunning && !other.calls.isRunning)
    #expect(pair.source.calls.counts["stop"] == 1 && baton_outgoing_status(outgoing[1]) == 0)
    for number in [0, 1] {
      #expect(baton_outgoing_destroy(outgoing[number]) == 0)
      #expect(baton_incoming_destroy(incoming[number]) == 0)
    }
    #expect(baton_device_destroy(other.device) == 0 && baton_guest_destroy(other.guest) == 0)
    pair.end()
  }

  @Test func `a source that is destroyed on its way has its guest, or the target has it`() throws {
    var (kept, given) = (0, 0)
    for rounds in 0..<200 {
      let pair = try Pair()
      let isUnderWay = try pair.breakOff(behind: rounds)
      let (source, target) = (pair.source.calls, pair.target.calls)
      #expect(source.isRunning != target.isRunning, "behind \(rounds) rounds")
      #expect(
        source.counts["stop", default: 0] <= source.counts["start", default: 0] || target.isRunning)
      #expect(source.counts["release", default: 0] == (target.isRunning ? 1 : 0))
      if source.isRunning { kept += 1 } else { given += 1 }
      pair.end()
      if !isUnderWay { break }
    }
    #expect(kept > 5 && given > 0, "\(kept) and \(given)")
  }

  @Test func `what a target refuses names both values, and the guest goes on`() throws {
    let pair = try Pair(kind: "tape")
    let (source, _, why) = try pair.move()
    #expect(source == 8)
    #expect(why.cause == 0 && why.field == 3, "\(Calls.text(why))")
    #expect(Calls.text(why).contains("'log'") && Calls.text(why).contains("'tape'"))
    #expect(pair.source.calls.isRunning)
    pair.end()
  }

  /// Moves with a notifier of the target's that needs time, and calls `decide` once the migration
  /// has waited for it.
  private func prepare(
    _ decide: (OpaquePointer?, UInt64) -> Void
  ) throws -> (source: CInt, target: CInt, refusal: baton_refusal) {
    let pair = try Pair()
    let notified = Calls()
    notified.answer = 1
    var (notifiers, token): (OpaquePointer?, UInt64) = (nil, 0)
    try #require(baton_notifiers_create(pair.loop, nil, &notifiers) == 0)
    #expect(
      baton_notifiers_add(
        notifiers,
        { event, _, context in event == 3 ? Calls.of(context, "pre").answer : 0 },
        notified.context, 0, &token) == 0)
    var roundCount = 0
    let answer = try pair.move(notifiers: notifiers) {
      roundCount += 1
      // The source has called by then, and is not met.
      guard roundCount == 500 else { return }
      #expect(pair.target.calls.counts["inspect"] == nil)
      decide(notifiers, token)
      // Nobody waits any more.
      #expect(baton_notifiers_prepared(notifiers, token, nil) == 0)
    }
    #expect(roundCount >= 500 && notified.counts == ["pre": 1])
    #expect(baton_notifiers_destroy(notifiers) == 0)
    pair.end()
    return answer
  }

  @Test func `no source is met before a notifier that needs time is ready`() throws {
    let (source, target, _) = try prepare { notifiers, token in
      #expect(baton_notifiers_prepared(notifiers, token, nil) == 0)
    }
    #expect(source == 7 && target == 7)
  }

  @Test func `a notifier that needed time may still say no`() throws {
    let (source, target, _) = try prepare { notifiers, token in
      var why = Calls.refusal()
      #expect(baton_refuse(&why, 21, 0, 0, 0, 0) == 0)
      #expect(baton_notifiers_prepared(notifiers, token, &why) == 0)
    }
    #expect(source == 8 && target == 8)
  }

  @Test func `a callback of a guest begins no migration and destroys nothing`() throws {
    let pair = try Pair()
    pair.target.calls.answer = 1
    let (source, _, why) = try pair.move()
    #expect(source == 8)
    #expect(why.cause == 21, "\(Calls.text(why))")
    pair.end()
  }
}
