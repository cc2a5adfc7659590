import BatonCore

/// What the user says of a TAP in QEMU's words (`-netdev tap,…`, `netdev_add`), as texts that
/// nobody has looked at yet.
///
/// ``init(parsing:)`` takes QEMU's option string; a monitor fills in one value after the other.
/// ``options(naming:)`` looks at all of it, before anything is opened.
public struct TapArguments: Hashable, Sendable {
  /// QEMU's names, in the order in which mistakes are told.
  public enum Key: UInt8, CaseIterable, Hashable, Sendable {
    /// The identity of the netdev, and how its queues come to be.
    case id, ifname, fd, fds, helper
    /// What else belongs to the interface.
    case br, script, downscript, sndbuf
    /// How frames look, and how many queues there are.
    case vnetHdr, queues, mtu
    /// The network namespace of the interface.
    case netns
    /// The kernel's own datapath.
    case vhost, vhostfd, vhostfds, vhostforce, pollUs
  }

  private var values = [[UInt8]?](repeating: nil, count: Key.allCases.count)

  /// Nothing is said: an interface that the kernel names, with one queue.
  public init() {}

  /// What was said of this; nil when nothing was.
  public subscript(key: Key) -> [UInt8]? {
    get { values[Int(key.rawValue)] }
    set { values[Int(key.rawValue)] = newValue }
  }

  /// Reads QEMU's option string: `tap,KEY=VALUE,…`, in which `,,` stands for a comma, and a key
  /// without a value is switched on.
  ///
  /// - Throws: Every key that is not known, or was said twice; and a type that is not `tap`.
  public init(parsing bytes: [UInt8]) throws(TapArgumentError) {
    var error = TapArgumentError()
    self.init(parsing: bytes, noting: &error)
    guard error.mistakes.isEmpty else { throw error }
  }

  /// As ``init(parsing:)``, and keeps what can be read: whoever looks at that as well tells all
  /// mistakes at once.
  package init(parsing bytes: [UInt8], noting error: inout TapArgumentError) {
    var hasType = false
    for (position, part) in Self.parts(bytes).enumerated() {
      let end = part.firstIndex(of: 0x3D) ?? part.count
      let word = [UInt8](part[..<end])
      if position == 0, end == part.count || word == Array("type".utf8) {
        let type = end == part.count ? word : [UInt8](part[(end + 1)...])
        if type != Array("tap".utf8) { error.mistakes.append(.type(type)) }
        hasType = true
        continue
      }
      guard let key = Key.allCases.first(where: { $0.bytes == word }) else {
        error.mistakes.append(.unknown(word))
        continue
      }
      if self[key] != nil { error.mistakes.append(.twice(key)) }
      self[key] = end == part.count ? Array("on".utf8) : [UInt8](part[(end + 1)...])
    }
    if !hasType { error.mistakes.append(.type([])) }
  }

  /// The parts between single commas.
  private static func parts(_ bytes: [UInt8]) -> [[UInt8]] {
    var parts: [[UInt8]] = [[]]
    var position = 0
    while position < bytes.count {  // Each step goes on by one byte, or by two.
      let isComma = bytes[position] == 0x2C
      let isDouble = isComma && position + 1 < bytes.count && bytes[position + 1] == 0x2C
      if isComma, !isDouble {
        parts.append([])
      } else {
        parts[parts.count - 1].append(bytes[position])
      }
      position += isDouble ? 2 : 1
    }
    return parts
  }
}

extension TapArguments.Key {
  /// As users write it, in front of the "=".
  public var name: StaticString {
    switch self {
    case .id: "id"
    case .ifname: "ifname"
    case .fd: "fd"
    case .fds: "fds"
    case .helper: "helper"
    case .br: "br"
    case .script: "script"
    case .downscript: "downscript"
    case .sndbuf: "sndbuf"
    case .vnetHdr: "vnet_hdr"
    case .queues: "queues"
    case .mtu: "mtu"
    case .netns: "netns"
    case .vhost: "vhost"
    case .vhostfd: "vhostfd"
    case .vhostfds: "vhostfds"
    case .vhostforce: "vhostforce"
    case .pollUs: "poll-us"
    }
  }

  /// The name's bytes.
  fileprivate var bytes: [UInt8] { Name(name).bytes }
}
