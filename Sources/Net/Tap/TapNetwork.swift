import BatonCore

/// The network namespace where an interface is, as a user names it.
public struct TapNetwork: Hashable, Sendable {
  /// A name as ip-netns(8) knows it, or the path of a namespace's file; without a NUL.
  public let bytes: [UInt8]

  /// The longest path that Linux takes, its NUL included.
  private static var pathMax: Int { 4096 }

  /// Takes the text as it is; nil for an empty one, one with a NUL, and one that is no name of a
  /// file or too long for a path.
  public init?(bytes: some Sequence<UInt8>) {
    let bytes = [UInt8](bytes)
    let isFile = bytes != Array(".".utf8) && bytes != Array("..".utf8)
    guard !bytes.isEmpty, isFile, !bytes.contains(0) else { return nil }
    self.bytes = bytes
    guard pathBytes.count < Self.pathMax else { return nil }
  }

  /// Where its file is: a name is one in /run/netns.
  private var pathBytes: [UInt8] {
    bytes.contains(0x2F) ? bytes : Array("/run/netns/".utf8) + bytes
  }

  /// The path for a call.
  var path: String { String(decoding: pathBytes, as: UTF8.self) }

  /// What a refusal has room for: the end of it, which tells most.
  var name: Name { Name(endOf: bytes) }
}

extension TapNetwork: CustomStringConvertible {
  /// Takes a name or a path; nil for what can be neither.
  public init?(_ text: String) { self.init(bytes: text.utf8) }

  /// The name or path as the user wrote it.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}
