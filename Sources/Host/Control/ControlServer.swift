package import BatonCore

/// Someone who carries out commands.
package protocol CommandHandler: AnyObject {
  /// Carries out one line and answers with one.
  func handle(command line: [UInt8]) -> String
}

/// The control socket of a host: each line is a command, each answer and event a line (JSON).
package final class ControlServer: Watcher, LineReader {
  private let loop: any Loop
  private let path: SocketPath
  private let socket: Descriptor
  private var watch: Watch?
  private var clients: [LineConnection] = []
  private unowned(unsafe) let holder: any CommandHandler

  /// Listens; the handler owns the server and so outlives it.
  package init(
    _ loop: any Loop, at path: SocketPath, handler: any CommandHandler
  ) throws(SystemError) {
    self.loop = loop
    self.path = path
    // Safe: the handler owns the server.
    unsafe holder = handler
    socket = Descriptor(owning: try loop.kernel.listen(path: path, backlog: 8), in: loop.kernel)
    watch = Watch(loop, descriptor: socket.number, for: .read, calling: self)
  }

  /// Stops to listen, closes every connection and removes the socket.
  package func close() {
    watch = nil
    for client in clients { client.close() }
    clients.removeAll()
    try? loop.kernel.unlink(path: path)
  }

  /// Sends an event to everybody who is connected.
  package func broadcast(_ line: String) {
    for client in clients { client.send(line) }
  }

  /// The loop calls when somebody connects.
  package func ready(_ what: Ready, watch: Int) {
    guard let number = try? loop.kernel.accept(socket.number) else { return }
    let connection = Descriptor(owning: number, in: loop.kernel)
    clients.append(LineConnection(loop, connection, reader: self))
  }

  /// A client sent a command.
  package func connection(_ connection: LineConnection, line: [UInt8]) {
    // Safe: the handler owns the server.
    connection.send(unsafe holder.handle(command: line))
  }

  package func connectionClosed(_ connection: LineConnection) {
    clients.removeAll { $0 === connection }
  }
}

@available(*, unavailable)
extension ControlServer: Sendable {}
