import CBaton

/// What a host gives to the library in these tests, and what it was called for.
final class Calls {
  /// How often each callback was called.
  var counts: [String: Int] = [:]
  /// What a callback is to do.
  var inside: (() -> Void)?
  /// What `adopt` and notifiers answer.
  var answer: CInt = 0
  var isRunning = true
  /// How many descriptors it says that it lends, of which the first is one that nobody has open.
  var lent = 0

  var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  static func of(_ context: UnsafeMutableRawPointer?, _ name: String) -> Calls {
    let calls = Unmanaged<Calls>.fromOpaque(context!).takeUnretainedValue()
    calls.counts[name, default: 0] += 1
    calls.inside?()
    return calls
  }

  static let guest: baton_guest_calls = {
    var calls = baton_guest_calls()
    calls.size = UInt32(MemoryLayout<baton_guest_calls>.size)
    calls.is_running = { Calls.of($0, "is_running").isRunning ? 1 : 0 }
    calls.stop = { Calls.of($0, "stop").isRunning = false }
    calls.start = { Calls.of($0, "start").isRunning = true }
    calls.adopt = { Calls.of($2, "adopt").answer }
    return calls
  }()

  static let device: baton_device_calls = {
    var calls = baton_device_calls()
    calls.size = UInt32(MemoryLayout<baton_device_calls>.size)
    calls.describe = { writer, _, context in
      _ = Calls.of(context, "describe")
      return baton_write(writer, "12", 2)
    }
    calls.lend = { numbers, limit, context in
      let calls = Calls.of(context, "lend")
      // What is not open anywhere.
      if limit > 0 { numbers?.pointee = 1_000_000 }
      return calls.lent
    }
    calls.quiesce = { Calls.of($1, "quiesce").answer }
    calls.save = { writer, _, _ in baton_write(writer, "345", 3) }
    calls.inspect = { _, _, _, _, _, context in
      _ = Calls.of(context, "inspect")
      return 1
    }
    calls.load = { Calls.of($3, "load_\($1)").answer }
    calls.take = { Calls.of($1, "take").answer }
    calls.activate = { _ = Calls.of($0, "activate") }
    calls.discard = { _ = Calls.of($0, "discard") }
    calls.release = { _ = Calls.of($0, "release") }
    return calls
  }()

  static let net: baton_net_calls = {
    var calls = baton_net_calls()
    calls.size = UInt32(MemoryLayout<baton_net_calls>.size)
    calls.opened = { why, context in _ = Calls.of(context, why == nil ? "opened" : "refused") }
    calls.closed = { _ = Calls.of($0, "closed") }
    calls.warned = { _ = Calls.of($1, "warned") }
    calls.said = { _, line, context in _ = Calls.of(context, "said \(String(cString: line!))") }
    return calls
  }()

  static let migration: baton_migration_calls = {
    var calls = baton_migration_calls()
    calls.size = UInt32(MemoryLayout<baton_migration_calls>.size)
    calls.status = { status, context in _ = Calls.of(context, "status_\(status)") }
    return calls
  }()

  static func options(mac last: UInt8 = 1) -> baton_net_options {
    var options = baton_net_options()
    options.size = UInt32(MemoryLayout<baton_net_options>.size)
    options.mac = (0x52, 0x54, 0, 0, 0, last)
    return options
  }

  static func refusal() -> baton_refusal {
    var why = baton_refusal()
    why.size = UInt32(MemoryLayout<baton_refusal>.size)
    return why
  }

  static func parameters() -> baton_parameters {
    var parameters = baton_parameters()
    parameters.size = UInt32(MemoryLayout<baton_parameters>.size)
    parameters.transfers = 1
    return parameters
  }

  static func text(_ why: baton_refusal) -> String {
    withUnsafeBytes(of: why.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
