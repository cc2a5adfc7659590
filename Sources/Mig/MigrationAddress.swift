package import BatonCore

/// Where a migration goes or comes from: `unix:PATH`, or another scheme, which is then refused.
public struct MigrationAddress: Sendable {
  /// What the scheme leads to.
  package let transport: Transport
  /// The socket's path; nil unless the transport is `unix`.
  package let path: SocketPath?
  /// The address as it was given, up to the first NUL and cut to what a name holds.
  package let shown: Name

  /// An address of these bytes of UTF-8: a scheme, a colon and what the scheme wants.
  public init(bytes: [UInt8]) {
    let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
    let scheme = bytes[..<colon]
    let all: [Transport] = [.unix, .tcp, .file, .exec]
    let found = all.first { Self.bytes($0.scheme).elementsEqual(scheme) } ?? .unknown
    let rest = Array(bytes.dropFirst(colon + 1))
    path = found == .unix ? SocketPath(bytes: rest) : nil
    transport = found == .unix && path == nil ? .unknown : found
    shown = Name(bytes: bytes.prefix(Name.limit).prefix { $0 != 0 }) ?? Name()
  }

  private static func bytes(_ text: StaticString) -> [UInt8] {
    // Safe: a StaticString with pointer representation lives for ever.
    unsafe Array(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// An address as the user wrote it.
  public init(_ text: String) { self.init(bytes: Array(text.utf8)) }
}
