/// What a descriptor is, by fstat(2).
public struct FileKind: Hashable, Sendable {
  /// The kinds that a handover tells apart.
  public enum FileType: Hashable, Sendable {
    /// A character device with its numbers; /dev/net/tun is 10, 200.
    case characterDevice(major: UInt32, minor: UInt32)
    /// A socket of any family.
    case socket
    /// A regular file, which a memfd is too.
    case regular
    /// A pipe, named or not.
    case pipe
    /// A directory, an eventfd, a pidfd and whatever else there is.
    case other
  }

  /// What sort of file it is, from the mode of fstat(2).
  public var type: FileType
  /// The size in bytes; zero where it means nothing.
  public var size: Int

  /// Makes a description, as a simulated kernel does.
  public init(type: FileType, size: Int = 0) {
    self.type = type
    self.size = size
  }
}
