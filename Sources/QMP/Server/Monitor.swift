import BatonCore

/// One client of a ``QMPServer``: runs ``MonitorChart`` on its connection.
@safe final class Monitor: Driver<MonitorChart> {
  private(set) var connection: MessageConnection?
  private unowned(unsafe) let server: QMPServer

  /// A client that has just connected; the server owns it and so outlives its connection.
  init(_ loop: any Loop, _ socket: consuming Descriptor, server: QMPServer) {
    // Safe: the server owns it.
    unsafe self.server = server
    super.init(loop, MonitorChart.table, memory: .init(), number: 0, observer: nil)
    connection = MessageConnection(loop, socket, reader: self)
    start()
  }

  /// Stops to read and write; the answer of a command that is being carried out is lost.
  func close() {
    connection?.close()
    connection = nil
    send(.closed)
  }

  /// Performs one effect.
  override func perform(_ effect: MonitorChart.Effect) {
    switch effect {
    case .greet: connection?.send(QMPVersion.greeting.line)
    case .carryOut(let request):
      // Safe: a monitor that is closed carries nothing out, and a server closes all that it owns.
      unsafe server.handler.carryOut(CommandCall(request, of: self))
    case .answer(let answer): connection?.send(answer.value.line)
    case .tell(let text): connection?.send(text)
    }
  }

  /// The command that was being carried out is done; the next one may come.
  func answer(_ answer: Answer) {
    // Safe: the server owns it, and its handler outlives both.
    if connection != nil { unsafe server.handler.willAnswer() }
    send(.answered(answer))
    connection?.deliver()
  }
}

extension Monitor: MessageReader {
  /// The client sent something.
  func connection(
    _ connection: MessageConnection, received message: MessageScanner.Message
  ) {
    switch message {
    case .fault(let text): send(.misread(Misread(text)))
    case .text(let bytes):
      switch Request.read(bytes) {
      case .failure(let fault): send(.misread(fault))
      case .success(let request): send(event(for: request))
      }
    }
  }

  private func event(for request: Request) -> MonitorChart.Event {
    guard request.name == "qmp_capabilities" else { return .command(request) }
    do {
      try QMPVersion.negotiation.check(.object(request.arguments), path: "")
    } catch {
      return .misnegotiate(Misread(error.text, request.id))
    }
    let wanted = (request.arguments["enable"]?.elements ?? []).compactMap(\.text)
    guard wanted.isEmpty else {
      return .misnegotiate(Misread("Capability \(wanted[0]) not available", request.id))
    }
    return .negotiate(request)
  }

  /// Whether the round has a command left, and the last command is done.
  func connectionMayGoOn(_ connection: MessageConnection) -> Bool {
    guard state != .carrying else { return false }
    // Safe: the server owns it.
    return unsafe server.grants()
  }

  /// The client is gone, or was dropped.
  func connectionClosed(_ connection: MessageConnection, because limit: String?) {
    self.connection = nil
    send(.closed)
    // Safe: the server owns it.
    unsafe server.lost(self, because: limit)
  }
}
