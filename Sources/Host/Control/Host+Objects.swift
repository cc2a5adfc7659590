import BatonCore
import BatonNet
import BatonQMP
import Foundation

/// Objects that are put beside netdevs: QEMU's `filter-dump`, which writes their frames to a file.
extension Host {
  static let objectCommands: [Command<Host>] = [
    .act("object-add", objectMembers) { host, call in try host.addDump(call.arguments) },
    .act("object-del", [Member("id", .text)]) { host, call in
      let id = call.arguments["id"]?.text ?? ""
      host.settleDumps()
      guard let dump = host.dumps.first(where: { $0.wish.id == id }) else {
        throw QMPError("object '\(id)' not found")
      }
      host.remove(dump)
    },
  ]

  private static let objectMembers =
    [Member("qom-type", .choice(["filter-dump"])), Member("id", .text)]
    + [
      Member("netdev", .text), Member("file", .text),
      Member("maxlen", .narrow(bits: 32), isOptional: true),
      Member("queue", .choice(["all", "rx", "tx"]), isOptional: true),
      Member("status", .text, isOptional: true), Member("position", .text, isOptional: true),
      Member("insert", .choice(["before", "behind"]), isOptional: true),
    ]

  /// How many dumps are written at one time; each has a descriptor, and some megabytes at worst.
  private static let dumpsMax = 16

  /// Whether the frames pass this process by, or are about to.
  private func isInKernel(_ device: NetDevice) -> Bool {
    guard let state = device.vhost?.state else { return false }
    return state != .failed && state != .closed
  }

  private func addDump(_ arguments: [String: JSONValue]) throws {
    let wish = try wish(arguments)
    settleDumps()
    let count = dumps.count + endings.count
    guard count < Self.dumpsMax else {
      throw QMPError("\(count) dumps are written already, and \(Self.dumpsMax) are the most")
    }
    if dumps.contains(where: { $0.wish.id == wish.id }) {
      throw QMPError(
        "attempt to add duplicate property '\(wish.id)' to object (type 'container')")
    }
    guard let device = try present().device(wish.netdev) else {
      throw QMPError.value("netdev", expects: "a network backend id")
    }
    guard !isInKernel(device) else { throw QMPError("Vhost is not supported") }
    try checkPlace(arguments["position"]?.text ?? "tail", wish.netdev)
    let dump = FrameDump(loop, wish, to: try file(at: wish.path)) { [weak self] in
      self?.machine(warning: $0)
    }
    dumps.append(dump)
    device.witnesses.append(dump)
  }

  private func wish(_ arguments: [String: JSONValue]) throws(QMPError) -> FrameDump.Wish {
    let id = arguments["id"]?.text ?? ""
    guard id.isIdentifier else { throw .value("id", expects: "an identifier") }
    var wish = FrameDump.Wish(
      id: id, netdev: arguments["netdev"]?.text ?? "", path: arguments["file"]?.text ?? "")
    if let most = arguments["maxlen"]?.integer {
      guard most > 0 else {
        throw QMPError("Property 'filter-dump.maxlen' doesn't take value '0'")
      }
      wish.maxByteCount = most
    }
    // From the netdev's point of view: it receives what the guest has sent.
    let queue = arguments["queue"]?.text ?? "all"
    (wish.takesToGuest, wish.takesFromGuest) = (queue != "rx", queue != "tx")
    switch arguments["status"]?.text ?? "on" {
    case "on": break
    case "off": wish.isOn = false
    case _: throw QMPError("Invalid value for netfilter status, should be 'on' or 'off'")
    }
    return wish
  }

  /// Where it stands among others means nothing, since none changes a frame.
  private func checkPlace(_ place: String, _ netdev: String) throws(QMPError) {
    guard place != "head", place != "tail" else { return }
    guard place.hasPrefix("id=") else {
      throw .value("position", expects: "'head', 'tail' or 'id=<id>'")
    }
    let other = String(place.dropFirst("id=".count))
    guard let found = dumps.first(where: { $0.wish.id == other }) else {
      throw QMPError("filter '\(other)' not found")
    }
    guard found.wish.netdev == netdev else {
      throw QMPError("filter '\(other)' belongs to a different netdev")
    }
  }

  /// A file of this path, which is emptied, or a descriptor that `add-fd` has put into a set.
  private func file(at path: String) throws -> Descriptor {
    let set = "/dev/fdset/"
    if path.hasPrefix(set) {
      guard let number = Int(path.dropFirst(set.count)), descriptors.hasSet(number) else {
        throw Self.unopened(path, Errno.noEntry)
      }
      return try descriptors.duplicate(from: number)
    }
    do {
      let file = Descriptor(owning: try loop.kernel.openLog(path: path), in: loop.kernel)
      if try loop.kernel.kind(of: file.number).type == .regular {
        try checkAlone(file.number, path)
        try empty(file.number, path)
      }
      return file
    } catch let error as SystemError {
      throw Self.unopened(path, error.code)
    }
  }

  /// A file has one dump, by whatever path it is found: what another one still writes would stand
  /// between its frames.
  private func checkAlone(_ number: CInt, _ path: String) throws(QMPError) {
    let file = loop.kernel.file(of: number)
    guard file == nil || !(dumps.map(\.file) + endings.map(\.file)).contains(file) else {
      throw QMPError("net dump: another one is written to \(path)")
    }
  }

  private func empty(_ number: CInt, _ path: String) throws(QMPError) {
    do { try FileHandle(fileDescriptor: number).truncate(atOffset: 0) } catch {
      throw QMPError("net dump: can't empty \(path)")
    }
  }

  private static func unopened(_ path: String, _ code: CInt) -> QMPError {
    // Safe: strerror answers a string that lives until the next call of this thread.
    let why = unsafe String(cString: strerror(code))
    return QMPError("net dump: can't open \(path): \(why)")
  }

  // MARK: Netdevs that come and go

  /// A dump ends with its netdev, and stays with one of that name that a new machine has.
  func settleDumps() {
    settleEndings()
    for dump in dumps {
      guard let device = machine?.device(dump.wish.netdev), !isInKernel(device) else {
        remove(dump)
        continue
      }
      if !device.witnesses.contains(where: { $0 === dump }) { device.witnesses.append(dump) }
    }
  }

  private func remove(_ dump: FrameDump) {
    machine?.device(dump.wish.netdev)?.witnesses.removeAll { $0 === dump }
    dumps.removeAll { $0 === dump }
    endings.append(dump.end())
  }

  private func settleEndings() {
    endings.removeAll { ending in
      guard let status = ending.mark.status else { return false }
      ending.tell(status)
      return true
    }
  }

  /// Waits for the files, a second for all of them, since the process ends.
  func finishDumps() {
    endings += dumps.map { $0.end() }
    dumps = []
    let deadline = DispatchTime.now() + .seconds(1)
    for ending in endings { ending.mark.wait(until: deadline) }
    settleEndings()
  }
}
