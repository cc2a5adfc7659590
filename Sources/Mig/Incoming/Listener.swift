import BatonCore

/// The socket that waits for a source, and its file, which goes with it.
struct Listener: ~Copyable {
  private let socket: Descriptor
  private let path: SocketPath

  /// Makes the file and listens.
  init(at path: SocketPath, in kernel: Kernel) throws(SystemError) {
    socket = Descriptor(owning: try kernel.listen(path: path, backlog: 1), in: kernel)
    self.path = path
  }

  // The file goes first: while the socket listens, nobody can have put another in its place.
  deinit { try? socket.kernel.unlink(path: path) }

  /// The number of the socket, lent.
  var number: CInt { socket.number }

  /// The next connection.
  func accept() throws(SystemError) -> Descriptor {
    Descriptor(owning: try socket.kernel.accept(socket.number), in: socket.kernel)
  }
}

@available(*, unavailable)
extension Listener: Sendable {}
