package import BatonCore

/// Someone who carries out commands.
package protocol CommandHandler: AnyObject {
  /// Carries out one command, and answers it at once or later.
  func carryOut(_ call: CommandCall)
  /// A command is about to be answered: what it caused is told first.
  func willAnswer()
  /// Something is wrong with a client, or with the socket; the server goes on.
  func control(warning: String)
}

/// The control socket of a process, which speaks the QEMU Machine Protocol.
///
/// Whoever may connect may do everything with the guest, so the socket's file is for its user alone
/// (0600, whatever the umask), and the user at the other end is asked for as well: others are told
/// why they are sent away. Clients never hold the guest up: a round of the loop carries out
/// ``commandsPerRound`` commands at most, whoever they come from, and a client that sends endless
/// messages or reads nothing is dropped.
package final class QMPServer: Watcher {
  /// The most clients at once.
  package static let clientsMax = 64
  /// How many commands one round of the loop carries out, and connections it takes.
  package static let commandsPerRound = 16
  /// No further command is begun in a round after so long: the guest has its turn before it.
  private static let roundNanos: UInt64 = 1_000_000

  private let loop: any Loop
  private let path: SocketPath
  private let socket: Descriptor
  private let file: SocketFile?
  private var watch: Watch?
  private var round: RoundWatch?
  private var again: Timer?
  private var clients: [Monitor] = []
  /// Commands that this round may still carry out.
  private var left = QMPServer.commandsPerRound
  /// When this round's first command was begun, on the loop's clock; nil before it.
  private var began: UInt64?
  /// When connections are accepted again, on the loop's clock.
  private var acceptsAgainAt: UInt64 = 0
  /// When somebody could not be accepted last; nil when somebody was since.
  private var refusedAt: UInt64?
  /// True while some client's message waits for the next round.
  private var isHeldBack = false
  private unowned(unsafe) let holder: any CommandHandler

  private static let socketWatch = 1
  private static let roundWatch = 2
  private static let againWatch = 3
  /// How long nobody is accepted after the process or the system ran out of descriptors.
  private static let backOffNanos: UInt64 = 100_000_000
  /// After so long without such a refusal the next one is news.
  private static let calmNanos: UInt64 = 1_000_000_000

  /// Listens; the handler owns the server and so outlives it.
  package init(
    _ loop: any Loop, at path: SocketPath, handler: any CommandHandler
  ) throws(SystemError) {
    self.loop = loop
    self.path = path
    // Safe: the handler owns the server.
    unsafe holder = handler
    socket = Descriptor(owning: try loop.kernel.listen(path: path, backlog: 64), in: loop.kernel)
    file = loop.kernel.socketFile(path: path)
    watch = Watch(
      loop, descriptor: socket.number, for: .read, id: Self.socketWatch, calling: self)
    round = RoundWatch(loop, id: Self.roundWatch, calling: self)
    again = Timer(loop, id: Self.againWatch, calling: self)
  }

  deinit {
    // A command that is answered later may still hold its client.
    for client in clients { client.close() }
  }

  // Safe: the handler owns the server.
  var handler: any CommandHandler { unsafe holder }

  /// Stops to listen, removes the socket if it is still ours, and closes every connection: whoever
  /// hears of that end may have the path.
  package func close() {
    watch = nil
    round = nil
    again = nil
    removeFile()
    for client in clients { client.close() }
    clients.removeAll()
  }

  private func removeFile() {
    guard let file else { return }
    do {
      if try !loop.kernel.unlink(path: path, ifStill: file) {
        handler.control(warning: "\(path) is no longer this host's socket: it is left alone")
      }
    } catch {
      handler.control(warning: "\(path) could not be removed: \(error)")
    }
  }

  /// Tells everybody who has negotiated what has happened, and when.
  package func broadcast(_ news: News) {
    let line = news.line
    // A client that is dropped for what it has not read leaves the list meanwhile.
    for client in Array(clients) { client.send(.news(line)) }
  }

  /// The loop calls when somebody connects, when a round is over, and when it is time to go on.
  package func ready(_ what: Ready, watch: Int) {
    switch watch {
    case Self.socketWatch: accept()
    case Self.roundWatch: endRound()
    case _: goOn()
    }
  }

  /// A budget of its own for each round; what one has left over does not add up.
  private func endRound() {
    left = Self.commandsPerRound
    began = nil
    if isHeldBack { again?.arm(at: loop.now) }
  }

  /// Lets the clients whose messages wait go on, the one that waited longest first.
  private func goOn() {
    if loop.now >= acceptsAgainAt { watch?.resume() } else { again?.arm(at: acceptsAgainAt) }
    guard isHeldBack else { return }
    isHeldBack = false
    for client in Array(clients) { client.connection?.deliver() }
    if let first = clients.first, clients.count > 1 {
      clients.removeFirst()
      clients.append(first)
    }
  }

  private func accept() {
    for _ in 0..<Self.commandsPerRound {
      do {
        welcome(Descriptor(owning: try loop.kernel.accept(socket.number), in: loop.kernel))
        refusedAt = nil
      } catch {
        if error.isWouldBlock { return }
        // Out of descriptors or memory: asked again at once, it would say so again, for ever.
        watch?.suspend()
        acceptsAgainAt = loop.now + Self.backOffNanos
        again?.arm(at: acceptsAgainAt)
        return tell(error)
      }
    }
  }

  /// Says why nobody can be accepted, once and not each time that it is tried.
  private func tell(_ error: SystemError) {
    let now = loop.now
    let isNews = refusedAt.map { now - $0 > Self.calmNanos } ?? true
    refusedAt = now
    if isNews { handler.control(warning: "no client can be accepted for a while: \(error)") }
  }

  private func welcome(_ connection: consuming Descriptor) {
    let kernel = loop.kernel
    let client: Credentials
    do { client = try kernel.peerCredentials(connection.number) } catch { return }
    guard client.uid == kernel.userID || client.uid == 0 else {
      let text = "user \(client.uid) may not control this host, which is user \(kernel.userID)'s"
      handler.control(warning: text)
      return refuse(connection, text)
    }
    guard clients.count < Self.clientsMax else {
      return refuse(connection, "\(Self.clientsMax) clients are connected, which are the most")
    }
    clients.append(Monitor(loop, connection, server: self))
  }

  /// Says why, in one line, and closes; who does not read it misses it.
  private func refuse(_ connection: consuming Descriptor, _ text: String) {
    let line = Array(
      (Answer(.failure(QMPError(text)), id: nil).value.line + "\r\n").utf8)
    let number = connection.number
    let kernel = loop.kernel
    // Safe: the array outlives the call.
    _ = try? unsafe line.withUnsafeBufferPointer { (bytes) throws(SystemError) in
      try unsafe kernel.send(
        number, bytes: UnsafeRawBufferPointer(bytes),
        descriptors: UnsafeBufferPointer(start: nil, count: 0))
    }
  }

  /// Whether the round has a command left, which is taken then.
  func grants() -> Bool {
    let now = loop.now
    guard left > 0, now - (began ?? now) < Self.roundNanos else {
      isHeldBack = true
      return false
    }
    began = began ?? now
    left -= 1
    return true
  }

  /// A client is gone, or was dropped.
  func lost(_ client: Monitor, because limit: String?) {
    clients.removeAll { $0 === client }
    if let limit { handler.control(warning: "a control client was dropped: \(limit)") }
  }
}

@available(*, unavailable)
extension QMPServer: Sendable {}
