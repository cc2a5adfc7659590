import BatonCore
import BatonQMP

/// Compares two QEMUs as far as their monitors tell, before anything is moved.
///
/// QEMU itself compares nothing in advance: what differs shows when the target loads the state,
/// with the guest stopped. Asked for are the machine's type, processors, memory, and each device
/// under the name that it was given, with those of its properties that both know.
final class Comparison {
  /// What both have, for the log and for what is chosen.
  struct Facts {
    var machine = ""
    /// All of the guest's memory is in files that both have mapped shared under the same path.
    var sharesFiles = false
    /// What is lost of the network, a sentence for each NIC.
    var losses: [String] = []
  }

  private let source: Qemu
  private let target: Qemu
  private(set) var facts = Facts()
  private(set) var differences: [String] = []
  private var devices: [(name: String, type: String)] = []
  private let heard: (Comparison) -> Void

  /// Properties that name something of the process and not of the machine.
  private static let local: Set<String> = [
    "netdev", "chardev", "drive", "mem-path", "bootindex", "romfile", "logical_block_size",
  ]
  /// The types of properties whose values can be compared.
  private static let scalars: Set<String> = [
    "bool", "str", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "int",
    "size", "OnOffAuto", "on/off/auto",
  ]

  /// Begins; `heard` is told once, when everything was asked.
  init(_ source: Qemu, _ target: Qemu, heard: @escaping (Comparison) -> Void) {
    self.source = source
    self.target = target
    self.heard = heard
  }

  func begin() {
    ask("qom-get", ["path": "/machine", "property": "type"], "the machine's type") { [self] in
      facts.machine = $0?.text ?? ""
      askProcessors()
    }
  }

  private func askProcessors() {
    askBoth("query-cpus-fast") { [self] here, there in
      let lists = [here, there].map { $0?.elements ?? [] }
      compare("the number of processors", "\(lists[0].count)", "\(lists[1].count)")
      guard let path = lists[0].first?["qom-path"]?.text,
        lists[1].first?["qom-path"]?.text == path
      else { return askMemory() }
      ask("qom-get", ["path": .text(path), "property": "type"], "the processors' type") {
        [self] _ in askMemory()
      }
    }
  }

  private func askMemory() {
    ask("query-memory-size-summary", [:], "the memory in bytes", member: "base-memory") {
      [self] _ in
      askBoth("query-memdev") { [self] here, there in
        let lists = [here, there].map { value in
          (value?.elements ?? []).map(Self.memory).sorted()
        }
        compare(
          "the memory's parts", lists[0].joined(separator: "; "),
          lists[1].joined(separator: "; "))
        askFiles(of: here?.elements ?? [])
      }
    }
  }

  private static func memory(_ part: JSONValue) -> String {
    let size = part["size"]?.integer.map { "\($0) bytes" } ?? "?"
    let isShared = part["share"]?.bool == true ? "shared" : "private"
    return "\(part["id"]?.text ?? "unnamed"): \(size), \(isShared)"
  }

  /// Memory need not be copied where both have mapped the same file of it.
  private func askFiles(of parts: [JSONValue]) {
    guard !parts.isEmpty, parts.allSatisfy({ $0["share"]?.bool == true }) else {
      return askDevices()
    }
    let names = parts.compactMap { $0["id"]?.text }
    var (left, areSame) = (names.count, names.count == parts.count)
    guard left > 0 else { return askDevices() }
    for name in names {
      let arguments: [String: JSONValue] = [
        "path": .text("/objects/\(name)"), "property": "mem-path",
      ]
      askBoth("qom-get", arguments) { [self] here, there in
        if here?.text == nil || here != there { areSame = false }
        left -= 1
        guard left == 0 else { return }
        facts.sharesFiles = areSame
        askDevices()
      }
    }
  }

  private func askDevices() {
    // Those with a name of the user's, and those without.
    askDevices(below: "/machine/peripheral") { [self] in
      askDevices(below: "/machine/peripheral-anon") { [self] in
        if !differences.isEmpty { devices = [] }
        askNextDevice()
      }
    }
  }

  private func askDevices(below path: String, then next: @escaping () -> Void) {
    askBoth("qom-list", ["path": .text(path)]) { [self] here, there in
      let lists = [here, there].map { value in
        (value?.elements ?? []).compactMap { Self.child($0) }.sorted { $0.name < $1.name }
      }
      let names = lists.map { $0.map { "\($0.name) (\($0.type))" }.joined(separator: ", ") }
      compare("the devices", names[0], names[1])
      devices += lists[0].map { ("\(path)/\($0.name)", $0.type) }
      next()
    }
  }

  private static func child(_ value: JSONValue) -> (name: String, type: String)? {
    guard let name = value["name"]?.text, let type = value["type"]?.text,
      type.hasPrefix("child<"), type.hasSuffix(">")
    else { return nil }
    return (name, String(type.dropFirst(6).dropLast()))
  }

  private func askNextDevice() {
    guard let device = devices.popLast() else { return askNetwork() }
    askBoth("device-list-properties", ["typename": .text(device.type)]) { [self] here, there in
      let lists = [here, there].map { value in
        Set(
          (value?.elements ?? []).compactMap { entry -> String? in
            guard let name = entry["name"]?.text, let type = entry["type"]?.text,
              Self.scalars.contains(type), !Self.local.contains(name)
            else { return nil }
            return name
          })
      }
      askProperties(of: device.name, lists[0].intersection(lists[1]).sorted())
    }
  }

  /// A device has a hundred properties: some are asked for at once, as many as a monitor takes.
  private func askProperties(of device: String, _ names: [String]) {
    let some = names.prefix(Self.askedAtOnce)
    guard !some.isEmpty else { return askNextDevice() }
    var left = some.count
    for name in some {
      let arguments: [String: JSONValue] = ["path": .text(device), "property": .text(name)]
      askBoth("qom-get", arguments) { [self] here, there in
        // One that cannot be read on either side is no difference.
        if let here, let there { compare("\(device)'s \(name)", here.line, there.line) }
        left -= 1
        if left == 0 { askProperties(of: device, Array(names.dropFirst(some.count))) }
      }
    }
  }

  private static let askedAtOnce = 64

  /// A netdev has no properties that could be asked for, but each NIC is shown with its own. Its
  /// queues must be as many; another type is told of and taken, since a guest may leave a TAP.
  private func askNetwork() {
    let arguments: [String: JSONValue] = ["command-line": "info network"]
    askBoth("human-monitor-command", arguments) { [self] here, there in
      let cards = [here, there].map { NetworkCard.all(in: $0?.text ?? "") }
      compare("the number of NICs", "\(cards[0].count)", "\(cards[1].count)")
      for (card, other) in zip(cards[0], cards[1]) {
        compare("\(card.name)'s pairs of queues", "\(card.queues)", "\(other.queues)")
        facts.losses.append(card.loss(to: other))
      }
      // The sizes of virtio queues are not asked for: see docs/RELAY.md.
      heard(self)
    }
  }

  // MARK: Asking both

  private func ask(
    _ command: String, _ arguments: [String: JSONValue], _ what: String, member: String? = nil,
    then go: @escaping (JSONValue?) -> Void
  ) {
    askBoth(command, arguments) { [self] here, there in
      let values = [here, there].map { value in member.map { value?[$0] } ?? value }
      compare(what, values[0]?.line ?? "unknown", values[1]?.line ?? "unknown")
      go(values[0])
    }
  }

  /// Asks both at once; nil is what could not be answered.
  private func askBoth(
    _ command: String, _ arguments: [String: JSONValue] = [:],
    then heard: @escaping (JSONValue?, JSONValue?) -> Void
  ) {
    var answers: [Result<JSONValue, QMPClient.Failure>?] = [nil, nil]
    for (index, qemu) in [source, target].enumerated() {
      qemu.execute(command, arguments) { answer in
        answers[index] = answer
        guard let here = answers[0], let there = answers[1] else { return }
        heard(try? here.get(), try? there.get())
      }
    }
  }

  private func compare(_ what: String, _ here: String, _ there: String) {
    guard here != there else { return }
    differences.append("\(what): \(here) at the source, \(there) at the target")
  }
}

@available(*, unavailable)
extension Comparison: Sendable {}
