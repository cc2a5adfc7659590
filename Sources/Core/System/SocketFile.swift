/// Which file a socket's path stands for: the numbers by which stat(2) tells files apart.
///
/// Whoever removes a socket at its end compares them first: meanwhile somebody else may have put a
/// file, or a socket of theirs, in its place.
public struct SocketFile: Hashable, Sendable {
  /// The number of the file system (st_dev).
  public var device: UInt64
  /// The number of the file in it (st_ino).
  public var inode: UInt64

  /// The file with these numbers.
  public init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }
}
