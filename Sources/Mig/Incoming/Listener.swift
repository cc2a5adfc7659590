import BatonCore

/// The socket that waits for a source, and its file, which goes with it.
struct Listener: ~Copyable {
  private let socket: Descriptor
  private let path: SocketPath
  private let file: SocketFile?

  /// How many may have connected before they are accepted: the loop may be busy for a while.
  private static var backlog: CInt { 128 }

  /// Makes the file and listens for processes of this user.
  ///
  /// The file's mode keeps everybody else out, unless another user is expected; who that is, is
  /// asked of the connection itself.
  init(at path: SocketPath, for userID: UInt32, in kernel: Kernel) throws(SystemError) {
    let mode: UInt32 = userID == kernel.userID ? 0o600 : 0o666
    socket = Descriptor(
      owning: try kernel.listen(path: path, backlog: Self.backlog, mode: mode), in: kernel)
    self.path = path
    file = kernel.socketFile(path: path)
  }

  // Only what is still ours: somebody may have put another file in its place.
  deinit { if let file { _ = try? socket.kernel.unlink(path: path, ifStill: file) } }

  /// The number of the socket, lent.
  var number: CInt { socket.number }

  /// The next connection.
  func accept() throws(SystemError) -> Descriptor {
    Descriptor(owning: try socket.kernel.accept(socket.number), in: socket.kernel)
  }
}

@available(*, unavailable)
extension Listener: Sendable {}
