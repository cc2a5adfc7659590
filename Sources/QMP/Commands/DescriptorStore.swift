package import BatonCore

/// Descriptors that clients gave: by name (`getfd`), for one command to take, and in sets
/// (`add-fd`), which stay until they are removed.
package final class DescriptorStore {
  private struct Member {
    var number: CInt
    var opaque: String?
  }

  /// The most descriptors of each kind.
  package static let countMax = 256

  private let kernel: Kernel
  private var names: [String: CInt] = [:]
  private var sets: [Int: [Member]] = [:]

  /// An empty store.
  package init(in kernel: Kernel) { self.kernel = kernel }

  deinit {
    for number in names.values { kernel.close(number) }
    for member in sets.values.joined() { kernel.close(member.number) }
  }

  private static func check(name: String) throws(QMPError) {
    guard name.first?.isNumber != true else {
      throw .value("fdname", expects: "a name not starting with a digit")
    }
  }

  /// Keeps a descriptor under a name; one that has it already is closed.
  package func keep(
    _ descriptor: consuming Descriptor, as name: String
  ) throws(QMPError) {
    try Self.check(name: name)
    guard names[name] != nil || names.count < Self.countMax else {
      throw QMPError("\(Self.countMax) file descriptors are kept already, which are the most")
    }
    if let former = names.updateValue(descriptor.release(), forKey: name) { kernel.close(former) }
  }

  /// Whether a descriptor has this name.
  package func has(_ name: String) -> Bool { names[name] != nil }

  /// The number of a named descriptor, which stays here.
  package func number(of name: String) throws(QMPError) -> CInt {
    guard let number = names[name] else {
      throw QMPError("File descriptor named '\(name)' not found")
    }
    return number
  }

  /// Gives a named descriptor to who asks for it, who owns it from here on.
  package func take(_ name: String) throws(QMPError) -> Descriptor {
    let number = try number(of: name)
    names[name] = nil
    return Descriptor(owning: number, in: kernel)
  }

  /// Puts a descriptor into a set, by default a new one.
  ///
  /// - Returns: What `add-fd` returns: the set, and the descriptor's number in this process.
  package func add(
    _ descriptor: consuming Descriptor, to set: Int?, opaque: String?
  ) throws(QMPError) -> JSONValue {
    if let set, set < 0 { throw .value("fdset-id", expects: "a non-negative value") }
    guard sets.values.reduce(0, { $0 + $1.count }) < Self.countMax else {
      throw QMPError("\(Self.countMax) file descriptors are kept already, which are the most")
    }
    let id = set ?? (0...Self.countMax).first { sets[$0] == nil } ?? 0
    let number = descriptor.release()
    sets[id, default: []].append(Member(number: number, opaque: opaque))
    return ["fdset-id": JSONValue(id), "fd": JSONValue(number)]
  }

  /// Closes a descriptor of a set, or all of them.
  package func remove(from set: Int, _ number: Int?) throws(QMPError) {
    let gone = (sets[set] ?? []).filter { number == nil || Int($0.number) == number }
    guard !gone.isEmpty else {
      let fd = number.map { ", fd:\($0)" } ?? ""
      throw QMPError("File descriptor named 'fdset-id:\(set)\(fd)' not found")
    }
    for member in gone { kernel.close(member.number) }
    sets[set]?.removeAll { member in gone.contains { $0.number == member.number } }
    if sets[set]?.isEmpty == true { sets[set] = nil }
  }

  /// Whether there is such a set.
  package func hasSet(_ set: Int) -> Bool { sets[set] != nil }

  /// A second descriptor for the first of a set, as `/dev/fdset/N` gives; the set keeps its own.
  package func duplicate(from set: Int) throws(QMPError) -> Descriptor {
    guard let number = sets[set]?.first?.number else {
      throw QMPError("File descriptor named 'fdset-id:\(set)' not found")
    }
    do { return Descriptor(owning: try kernel.duplicate(number), in: kernel) } catch {
      throw QMPError("Failed to dup fd: \(error)")
    }
  }

  /// What `query-fdsets` returns.
  package var report: JSONValue {
    .list(
      sets.sorted { $0.key < $1.key }.map { id, members in
        ["fdset-id": JSONValue(id), "fds": .list(members.map(Self.told))]
      })
  }

  private static func told(_ member: Member) -> JSONValue {
    var told: [String: JSONValue] = ["fd": JSONValue(member.number)]
    told["opaque"] = member.opaque.map { .text($0) }
    return .object(told)
  }
}

@available(*, unavailable)
extension DescriptorStore: Sendable {}
