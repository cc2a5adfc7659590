import CBaton
import Glibc

/// What a port's callbacks were called with; they try what is forbidden in them.
final class PortTold {
  /// Set behind the port's making, while nothing is asked in callbacks.
  var port: OpaquePointer?
  /// Where the port was told that VMMs listen.
  var calledPath = ""
  /// The down script that it was told of.
  var script = ""
  var served = -1
  var turnedAwayCount = 0
  var lostCount = 0
  /// What became of each try to open the TAP anew: the errno, 0 for done.
  var reopened: [CInt] = []
  /// Whether it opens the TAP anew when it is told of the loss.
  var reopensInside = false
  var unreachedCount: Int { pauses.count }
  /// What it was to wait, each time that nobody was there, in milliseconds.
  var pauses: [UInt64] = []
  var warnedCount = 0
  /// What the down script has written.
  var lines: [String] = []
  /// What a callback found wrong.
  var wrong: [String] = []

  var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  static func of(_ context: UnsafeMutableRawPointer?) -> PortTold {
    let told = Unmanaged<PortTold>.fromOpaque(context!).takeUnretainedValue()
    guard let port = told.port else { return told }
    if baton_port_close(port) != -2 { told.wrong.append("closed inside") }
    if baton_port_destroy(port) != -2 { told.wrong.append("destroyed inside") }
    if baton_device_destroy(port) != -2 { told.wrong.append("destroyed inside as a device") }
    if baton_port_device(port) != port { told.wrong.append("another device inside") }
    return told
  }

  /// The caller was called again within its bounds, and at the path that it was told.
  private func hear(unreached path: UnsafePointer<CChar>?, again: UInt64) {
    pauses.append(again / 1_000_000)
    if path.map({ String(cString: $0) }) != calledPath { wrong.append("unreached elsewhere") }
    if !(100_000_000...5_000_000_000 ~= again) { wrong.append("called again after \(again)") }
  }

  /// There is no interface, and no name of it.
  private func hear(lost why: UnsafePointer<baton_refusal>?) {
    lostCount += 1
    var name = [CChar](repeating: 7, count: 16)
    if why?.pointee.error != EBADFD { wrong.append("lost for \(why?.pointee.error ?? 0)") }
    if port != nil, baton_port_interface(port, &name) != -1 { wrong.append("lost, and named") }
    if reopensInside, baton_port_reopen(port, nil) != 0 { wrong.append("not reopened inside") }
  }

  static let calls: baton_port_calls = {
    var calls = baton_port_calls()
    calls.size = UInt32(MemoryLayout<baton_port_calls>.size)
    calls.connected = { process, context in
      let told = of(context)
      if process != getpid() { told.wrong.append("process \(process)") }
    }
    calls.left = { _, context in _ = of(context) }
    calls.turned_away = { why, context in
      let told = of(context)
      told.turnedAwayCount += 1
      if why?.pointee.cause != 1 { told.wrong.append("turned away for another cause") }
    }
    calls.unreached = { path, _, again, context in of(context).hear(unreached: path, again: again) }
    calls.ring_broken = { ring, _, context in of(context).wrong.append("ring \(ring)") }
    calls.serves = { place, context in of(context).served = Int(place) }
    calls.lost = { why, context in of(context).hear(lost: why) }
    calls.reopened = { why, context in of(context).reopened.append(why?.pointee.error ?? 0) }
    calls.unopened = { _, context in of(context).wrong.append("unopened") }
    calls.warned = { _, context in of(context).warnedCount += 1 }
    calls.said = { program, line, context in
      let told = of(context)
      if program.map({ String(cString: $0) }) != told.script { told.wrong.append("another script") }
      told.lines.append(line.map { String(cString: $0) } ?? "nothing")
    }
    return calls
  }()
}
