import BatonCore
import BatonLab
import Foundation
import Glibc
import Synchronization

/// What a port is wished to be, as far as two sides may differ in it.
struct PortWish: Equatable {
  enum Meeting: CaseIterable { case path, calls, listener }
  /// A down script that does what it is to do, or ends with a status that says otherwise.
  enum Script { case none, works, fails }

  var meeting: Meeting
  var queues: UInt32
  var script = Script.none

  /// Whether a port of this wish takes over one of that, whose down script is owed or not.
  func takes(_ other: PortWish, isOwed: Bool) -> Bool {
    queues == other.queues && (meeting == .calls) == (other.meeting == .calls)
      && (script != .none || !isOwed)
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
  /// A VMM that waits to be called.
  var listening: ListeningVMM?

  init(_ number: Int, in folder: String) {
    self.number = number
    path = "\(folder)/net\(number)"
    // A case that fails leaves its own behind.
    tap = "fuzz\(Self.madeCount.add(1, ordering: .relaxed).newValue)"
  }

  var name: String { "net\(number)" }
  /// Where a VMM listens, if one does.
  var calledPath: String { path + ".vmm" }
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

/// A VMM that listens for a port that calls.
final class ListeningVMM {
  private let socket: CInt
  private let path: String

  init(at path: String) throws {
    guard let place = SocketPath(path) else { throw PortSequences.Wrong(what: "no path") }
    socket = try Kernel().listen(path: place, backlog: 1)
    self.path = path
  }

  deinit {
    close(socket)
    unlink(path)
  }

  /// The connection of a port that has called; nil before that.
  func accept() -> CInt? { try? Kernel().accept(socket) }

  /// Leaves its file behind, at which nobody listens.
  static func leaveFile(at path: String) throws {
    let other = path + ".left"
    do {
      let listening = try ListeningVMM(at: other)
      defer { withExtendedLifetime(listening) {} }
      guard rename(other, path) == 0 else { throw PortSequences.Wrong(what: "no file") }
    }
  }
}

extension Interface {
  /// Deletes an interface, as `ip link del` does.
  static func delete(_ name: String) throws {
    let netlink = Glibc.socket(AF_NETLINK, CInt(SOCK_RAW.rawValue), 0)
    defer { close(netlink) }
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    // struct nlmsghdr (RTM_DELLINK, request and acknowledge), then struct ifinfomsg.
    var message = [UInt8](repeating: 0, count: 32)
    message.withUnsafeMutableBytes {
      $0.storeBytes(of: 32, toByteOffset: 0, as: UInt32.self)
      $0.storeBytes(of: 17, toByteOffset: 4, as: UInt16.self)
      $0.storeBytes(of: 5, toByteOffset: 6, as: UInt16.self)
      $0.storeBytes(of: if_nametoindex(name), toByteOffset: 20, as: UInt32.self)
    }
    _ = Glibc.send(netlink, message, message.count, 0)
    var answer = [UInt8](repeating: 0, count: 256)
    let count = recv(netlink, &answer, answer.count, 0)
    let code = answer.withUnsafeBytes { $0.load(fromByteOffset: 16, as: Int32.self) }
    guard count > 0, code == 0 else {
      throw PortSequences.Wrong(what: "\(name) was not deleted: \(count) \(code)")
    }
  }

  /// Gives an interface that is down another name, as `ip link set name` does (SIOCSIFNAME).
  static func rename(_ name: String, to other: String) throws {
    let socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    // struct ifreq: both names with room for 16 bytes.
    var request = [UInt8](repeating: 0, count: 40)
    request.replaceSubrange(0..<name.utf8.count, with: name.utf8)
    request.replaceSubrange(16..<(16 + other.utf8.count), with: other.utf8)
    guard ioctl(socket, UInt(SIOCSIFNAME), &request) == 0 else {
      throw PortSequences.Wrong(what: "\(name) is not renamed: error \(errno)")
    }
  }
}
