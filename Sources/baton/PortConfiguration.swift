import BatonCommand
import BatonCore
import BatonHost
import BatonNet
import BatonSCXML
import BatonVhostUser
import Foundation

/// One port of `baton net`, as the command line or a file says it.
struct PortConfiguration: Decodable {
  var name: String?
  var socket: String?
  var connect: [String]?
  var tap: String?
  var queues: Int?
  var mtu: UInt16?
  var peerUid: UInt32?
  /// In place of `tap`, `queues` and `mtu`.
  var netdev: NetdevArgument?

  private enum Key: String, CodingKey, CaseIterable {
    case name, socket, connect, tap, queues, mtu, netdev
    case peerUid = "peer-uid"
  }

  /// Any key, to find those that nobody knows.
  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private struct File: Decodable {
    var ports: [PortConfiguration]

    init(from decoder: any Decoder) throws {
      let all = try decoder.container(keyedBy: AnyKey.self)
      if let other = all.allKeys.first(where: { $0.stringValue != "ports" }) {
        throw PortConfigurationError("'\(other.stringValue)' is not known: ports is")
      }
      ports = try all.decode([PortConfiguration].self, forKey: AnyKey(stringValue: "ports"))
    }
  }

  init(
    name: String?, socket: String?, connect: [String], tap: String?, queues: Int, mtu: UInt16?,
    peerUid: UInt32?, netdev: NetdevArgument?
  ) {
    self.netdev = netdev
    (self.name, self.socket, self.connect, self.tap) = (name, socket, connect, tap)
    (self.queues, self.mtu, self.peerUid) = (queues, mtu, peerUid)
  }

  init(from decoder: any Decoder) throws {
    let known = Key.allCases.map(\.rawValue)
    let all = try decoder.container(keyedBy: AnyKey.self)
    if let other = all.allKeys.first(where: { !known.contains($0.stringValue) }) {
      throw PortConfigurationError(
        "'\(other.stringValue)' is not known: \(known.joined(separator: ", ")) are")
    }
    let values = try decoder.container(keyedBy: Key.self)
    name = try values.decodeIfPresent(String.self, forKey: .name)
    socket = try values.decodeIfPresent(String.self, forKey: .socket)
    // One path, or a list of them.
    if let one = try? values.decode(String.self, forKey: .connect) {
      connect = [one]
    } else {
      connect = try values.decodeIfPresent([String].self, forKey: .connect)
    }
    tap = try values.decodeIfPresent(String.self, forKey: .tap)
    queues = try values.decodeIfPresent(Int.self, forKey: .queues)
    mtu = try Self.number(values, .mtu, upTo: UInt16.max)
    peerUid = try Self.number(values, .peerUid, upTo: Self.userMax)
    netdev = try values.decodeIfPresent(String.self, forKey: .netdev).flatMap {
      NetdevArgument(argument: $0)
    }
    guard netdev == nil || tap == nil && queues == nil && mtu == nil else {
      throw PortConfigurationError("'netdev' says it all: 'tap', 'queues' and 'mtu' are its own")
    }
  }

  /// The last user that there can be: the number behind it is nobody's.
  static let userMax = UInt32.max - 1

  private static func number<Number: FixedWidthInteger>(
    _ values: KeyedDecodingContainer<Key>, _ key: Key, upTo most: Number
  ) throws -> Number? {
    guard let wide = try values.decodeIfPresent(Int.self, forKey: key) else { return nil }
    guard let number = Number(exactly: wide), number <= most else {
      throw PortConfigurationError(
        "\(key.rawValue) \(wide) is not possible: 0 to \(most) are")
    }
    return number
  }

  /// The most ports of a process: as many devices as one handover moves.
  static let portsMax = 4096

  /// Reads the ports of a file.
  static func read(
    _ path: String, sockets: [String: CInt]
  ) throws -> [NetHost.Options.Port] {
    let data: Data
    do throws(LoadError) {
      data = try BoundedFile.read(URL(filePath: path), calledAs: path)
    } catch {
      throw PortConfigurationError("\(error)")
    }
    let list: [PortConfiguration]
    do { list = try JSONDecoder().decode(File.self, from: data).ports } catch {
      let mistake = JSONMistake(error, in: data)
      let place = LoadError(file: path, line: mistake.line ?? 0, problem: mistake.problem)
      throw PortConfigurationError("\(place)")
    }
    guard 1...portsMax ~= list.count else {
      throw PortConfigurationError("\(path) has \(list.count) ports: 1 to \(portsMax) are possible")
    }
    let ports = try list.enumerated().map { index, port in
      do { return try port.port(at: index, sockets: sockets) } catch {
        throw PortConfigurationError("\(path), port \(index): \(error)")
      }
    }
    do { try NetdevArgument.check(list.compactMap(\.netdev)) } catch {
      throw PortConfigurationError("\(path): \(error)")
    }
    try checkDoubles(path, ports.map { "\($0.name)" }, "named")
    let paths = list.compactMap(\.socket) + list.flatMap { $0.connect ?? [] }
    try checkDoubles(path, paths.filter { $0 != activated }, "at")
    return ports
  }

  private static func checkDoubles(_ path: String, _ values: [String], _ word: String) throws {
    var seen = Set<String>()
    for value in values where !seen.insert(value).inserted {
      throw PortConfigurationError("\(path): two ports are \(word) \(value)")
    }
  }

  /// The port that this describes, whose name is `netINDEX` unless it says another.
  ///
  /// - Parameter sockets: Those of the service manager, by name.
  func port(at index: Int, sockets: [String: CInt]) throws -> NetHost.Options.Port {
    let queues = netdev?.options.queues ?? queues ?? 1
    guard 1...VhostUserPort.pairsMax ~= queues else {
      throw PortConfigurationError(
        "queues \(queues) is not possible: 1 to \(VhostUserPort.pairsMax) are")
    }
    if let peerUid, peerUid > Self.userMax {
      throw PortConfigurationError(
        "peer-uid \(peerUid) is not possible: 0 to \(Self.userMax) are")
    }
    let tap = tap ?? "tap\(index)"
    guard let interface = InterfaceName(tap) else {
      throw PortConfigurationError("tap \(tap) is no interface name: 1 to 15 bytes are")
    }
    let wished = name ?? netdev?.id ?? "net\(index)"
    guard let name = Name(text: wished), name.count > 0 else {
      throw PortConfigurationError("name \(wished) is longer than a name may be, or empty")
    }
    let options = netdev?.options ?? TapOptions(name: interface, queues: queues, mtu: mtu)
    return NetHost.Options.Port(
      name: name,
      VhostUserPort.Options(
        try meeting("\(name)", sockets), tap: options, peerUserID: peerUid))
  }

  /// What `socket` says when the service manager has made it.
  private static let activated = "systemd"

  private func meeting(
    _ name: String, _ sockets: [String: CInt]
  ) throws -> VhostUserPort.Meeting {
    func path(_ text: String) throws -> SocketPath {
      guard let path = SocketPath(text) else {
        throw PortConfigurationError(
          text.contains("\0")
            ? "\(text.replacing("\0", with: "\\0")) has a zero byte, which no path may have"
            : "\(text) is empty or longer than a socket's path may be: \(SocketPath.countMax) bytes"
        )
      }
      return path
    }
    let paths = connect ?? []
    if socket == Self.activated, paths.isEmpty {
      return .activated(sockets[name] ?? (sockets.count == 1 ? sockets.first?.value : nil))
    }
    if let socket, paths.isEmpty { return .listen(try path(socket)) }
    guard socket == nil, 1...2 ~= paths.count else {
      throw PortConfigurationError(
        "a port has one socket, or one or two to connect to: "
          + "\(socket == nil ? 0 : 1) and \(paths.count) are named")
    }
    return .connect(try paths.map(path))
  }
}

/// What is wrong in the description of a port.
struct PortConfigurationError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
