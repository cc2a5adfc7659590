import BatonCore
import BatonLab
import CBaton
import Foundation
import Glibc
import Synchronization

/// What a port is wished to be, as far as two sides may differ in it.
struct PortWish: Equatable {
  enum Meeting: CaseIterable { case path, calls, listener }

  var meeting: Meeting
  var queues: UInt32

  /// Whether a port of this wish takes over one of that.
  func takes(_ other: PortWish) -> Bool {
    queues == other.queues && (meeting == .calls) == (other.meeting == .calls)
  }
}

/// A network: a name, a TAP, a socket, and the guest with its two VMMs.
struct PortNetwork {
  let number: Int
  let path: String
  let tap: String
  /// VMMs of ports that call.
  var fronts: [FrontEnd?] = [nil, nil]
  /// Which of them have started the guest.
  var isStarted = [false, false]
  /// Whose guest the TAP serves.
  var holder: Int?
  /// Whether a socket's file is there, whoever left it.
  var hasFile = false

  init(_ number: Int, in folder: String) {
    self.number = number
    path = "\(folder)/net\(number)"
    // A case that fails leaves its own behind.
    tap = "fuzz\(Self.madeCount.add(1, ordering: .relaxed).newValue)"
  }

  var name: String { "net\(number)" }
  private static let madeCount = Atomic(0)
  var frontCount: Int { fronts.count { $0 != nil } }
  /// The kernel's word for whether the interface is there.
  var hasTap: Bool { if_nametoindex(tap) != 0 }
  var isThere: Bool { FileManager.default.fileExists(atPath: path) }

  /// Nobody is connected any more.
  mutating func leave() {
    (fronts, isStarted, holder) = ([nil, nil], [false, false], nil)
  }

  /// The VMM of a place is gone; the other one has the TAP if its guest waits for it.
  mutating func leave(_ place: Int) {
    (fronts[place], isStarted[place]) = (nil, false)
    guard holder == place else { return }
    holder = isStarted[1 - place] ? 1 - place : nil
  }

  /// Removes what a service manager would remove.
  mutating func forgetFile() {
    unlink(path)
    hasFile = false
  }
}

/// What a port's callbacks were called with; they try what is forbidden in them.
final class PortTold {
  /// Set behind the port's making, while nothing is asked in callbacks.
  var port: OpaquePointer?
  var served = -1
  var turnedAwayCount = 0
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
    calls.unreached = { path, why, again, context in
      let told = of(context)
      if path == nil || why == nil || again == 0 { told.wrong.append("unreached") }
    }
    calls.ring_broken = { ring, _, context in of(context).wrong.append("ring \(ring)") }
    calls.serves = { place, context in of(context).served = Int(place) }
    calls.lost = { _, context in of(context).wrong.append("lost") }
    calls.unopened = { _, context in of(context).wrong.append("unopened") }
    calls.warned = { _, context in of(context).wrong.append("warned") }
    calls.said = { _, _, context in of(context).wrong.append("said") }
    return calls
  }()
}
