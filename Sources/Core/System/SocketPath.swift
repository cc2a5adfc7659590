/// The path of a UNIX socket in the file system: 1 to 107 bytes without NUL (unix(7)).
///
/// A leading "@" means nothing: abstract names have no owner and no permissions.
public struct SocketPath: Hashable, Sendable {
  /// The most bytes of a path (sun_path without the NUL).
  public static let countMax = 107

  /// The path as the file system takes it, without the zero behind it.
  public let bytes: [UInt8]

  /// Makes a path of `bytes`; nil when there are none or too many, or one of them is NUL.
  public init?(bytes: some Sequence<UInt8>) {
    let bytes = [UInt8](bytes)
    guard (1...Self.countMax).contains(bytes.count), !bytes.contains(0) else { return nil }
    self.bytes = bytes
  }
}

extension SocketPath: CustomStringConvertible {
  /// Makes a path of text; nil when it has no or more than 107 bytes, or a NUL.
  public init?(_ text: String) {
    self.init(bytes: text.utf8)
  }

  /// The path as text, bytes that are not UTF-8 replaced.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}
