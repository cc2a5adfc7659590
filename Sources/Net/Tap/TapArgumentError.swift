import BatonCore

/// Everything that is wrong with what the user said of a TAP; nothing was opened.
public struct TapArgumentError: Error, Hashable, Sendable {
  /// One thing that is wrong.
  public enum Mistake: Hashable, Sendable {
    /// The option string is of another netdev than a TAP.
    case type([UInt8])
    /// No option has this name.
    case unknown([UInt8])
    /// An option was said twice.
    case twice(TapArguments.Key)
    /// An option has a value that it cannot have.
    case value(TapArguments.Key, [UInt8], expected: StaticText)
    /// A descriptor is named that was not given to this process.
    case noDescriptor(TapArguments.Key, [UInt8])
    /// One descriptor is named for two purposes.
    case sameDescriptor(CInt)
    /// The first one says how the queues come to be, which leaves nothing for the others to say.
    case together(TapArguments.Key, [TapArguments.Key])
    /// There are not as many TAPs as descriptors of vhost-net.
    case counts(fds: Int, vhostfds: Int)
    /// Descriptors of vhost-net, which is switched off.
    case withoutVhost([TapArguments.Key])
    /// Several descriptors of vhost-net, and not of TAPs.
    case withoutFds
  }

  /// A text that is known when the program is built.
  public struct StaticText: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The words that users read.
    public let text: StaticString

    /// Takes the literal as it is.
    public init(stringLiteral text: StaticString) { self.text = text }

    /// Whether both say the same, up to the length of a name.
    public static func == (left: Self, right: Self) -> Bool { left.name == right.name }

    /// By the same bytes as the comparison.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    private var name: Name { Name(text) }
  }

  /// In the order in which they are looked for; at least one when it is thrown.
  public package(set) var mistakes: [Mistake] = []

  /// Nothing is wrong yet.
  package init() {}
}

extension TapArgumentError: CustomStringConvertible {
  /// All of them, in one line.
  public var description: String { joined(mistakes.map { $0.description }, by: "; ") }
}

extension TapArgumentError.Mistake: CustomStringConvertible {
  /// What is wrong, with QEMU's names of the options.
  public var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .type(let type): "'\(text(type))' is no netdev that is known here: 'tap' is"
    case .unknown(let name): "'\(text(name))' is not an option of a TAP"
    case .twice(let key): "\(key.name)= was given twice"
    case .value(let key, let value, let expected):
      "\(key.name)=\(text(value)) is not possible: \(expected.text)"
    case .noDescriptor(let key, let name):
      "\(key.name)=\(text(name)) is no descriptor that was given to this process"
    case .sameDescriptor(let number): "descriptor \(number) was given twice"
    case .together(let key, let others):
      "\(joined(others.map { "\($0.name)=" }, by: ", ")) cannot be given with \(key.name)="
    case .counts(let fds, let vhostfds):
      "fds= has \(fds) descriptors and vhostfds= has \(vhostfds)"
    case .withoutVhost(let keys):
      "\(joined(keys.map { "\($0.name)=" }, by: ", ")) cannot be given with vhost=off"
    case .withoutFds: "vhostfds= needs fds="
    }
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
