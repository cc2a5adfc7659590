package import BatonCore

/// A client of a QMP socket, on a loop: of this package's processes, and of any QEMU.
///
/// It negotiates by itself; commands may be asked for at once. Each is answered exactly once, as
/// long as the client lives: by the server, or with why there is no answer. The other end may die,
/// hang, or say what it wants.
package final class QMPClient: Driver<ClientChart> {
  /// Why a command has no answer that it could return.
  package enum Failure: Error, Hashable, Sendable {
    /// The server's own words.
    case refused(QMPError)
    /// It did not answer in time; what becomes of the command is not known.
    case late(command: String)
    /// There is no connection any more.
    case gone(ClientChart.Ending)
    /// So many commands wait for an answer already.
    case busy
  }

  /// What becomes of a command.
  package typealias Outcome = Result<JSONValue, Failure>

  private struct Waiting {
    var request: Request
    var deadline: UInt64
    var isSent = false
    var heard: (Outcome) -> Void
  }

  /// The most commands that wait for an answer.
  package static let commandsMax = 256
  private static let limitWatch = 1

  /// What the server said of itself; nil before.
  package private(set) var greeting: JSONValue?
  /// Told of each event.
  package var onEvent: ((News) -> Void)?
  /// Told when there is no connection any more, and why, after whoever waits for an answer.
  package var onEnd: ((ClientChart.Ending) -> Void)?
  private var connection: MessageConnection?
  /// Commands without an answer by their `id`.
  private var waiting: [Int64: Waiting] = [:]
  private var lastID: Int64 = 0
  /// What the server said and nobody has taken yet.
  private var said: [JSONValue] = []
  private var limit: Timer?

  /// A client of a server that listens already.
  ///
  /// - Parameters:
  ///   - loop: What everything here is confined to.
  ///   - path: The server's socket.
  ///   - patienceMillis: How long it may take to greet, and to accept that nothing is wanted.
  ///   - number: How records of the observer name the machine.
  ///   - observer: Sees every microstep of the chart.
  /// - Throws: Why nobody is to be had at the path.
  package convenience init(
    _ loop: any Loop, at path: SocketPath, patienceMillis: UInt64 = 10_000, number: UInt16 = 0,
    observer: (any Observer)? = nil
  ) throws(SystemError) {
    let socket = Descriptor(owning: try loop.kernel.connect(path: path), in: loop.kernel)
    self.init(
      loop, connected: socket, patienceMillis: patienceMillis, number: number, observer: observer)
  }

  /// A client on a connected socket, which it closes in the end.
  package init(
    _ loop: any Loop, connected socket: consuming Descriptor, patienceMillis: UInt64 = 10_000,
    number: UInt16 = 0, observer: (any Observer)? = nil
  ) {
    super.init(
      loop, ClientChart.table, memory: .init(patienceMillis: patienceMillis), number: number,
      observer: observer)
    connection = MessageConnection(
      loop, socket, longest: MessageConnection.answerMax, reader: self)
    limit = Timer(loop, id: Self.limitWatch, calling: self)
    start()
  }

  deinit { connection?.close() }

  /// False once nothing comes any more.
  package var isOpen: Bool { state != .closed }

  /// Ends the connection; whoever waits for an answer is told.
  package func leave() { send(.leave) }

  /// Asks for a command.
  ///
  /// - Parameters:
  ///   - command: Its name.
  ///   - arguments: Its arguments by name.
  ///   - millis: How long the answer may take, the negotiation included.
  ///   - heard: Called once: at once where there is no connection, else by the loop.
  package func execute(
    _ command: String, _ arguments: [String: JSONValue] = [:], millis: UInt64 = 10_000,
    then heard: @escaping (Outcome) -> Void
  ) {
    guard isOpen else { return heard(.failure(.gone(memory.ending))) }
    guard waiting.count < Self.commandsMax else { return heard(.failure(.busy)) }
    lastID += 1
    waiting[lastID] = Waiting(
      request: Request(command, arguments, id: .integer(lastID)),
      deadline: loop.now + millis * 1_000_000, heard: heard)
    if state == .ready { send(command: lastID) }
    armLimit()
  }

  private func send(command id: Int64) {
    guard let request = waiting[id]?.request, waiting[id]?.isSent == false else { return }
    waiting[id]?.isSent = true
    connection?.send(request.value.line)
  }

  /// Performs one effect.
  package override func perform(_ effect: ClientChart.Effect) {
    switch effect {
    case .negotiate: connection?.send(Request("qmp_capabilities", id: 0).value.line)
    case .begin: for id in waiting.keys.sorted() { send(command: id) }
    case .take: if !said.isEmpty { take(said.removeFirst()) }
    case .end(let ending): end(ending)
    }
  }

  private func take(_ message: JSONValue) {
    if let news = News(message) { return onEvent?(news) ?? () }
    // The answer of a command that was late comes too late.
    guard case .integer(let id) = message["id"], let command = waiting.removeValue(forKey: id)
    else { return }
    armLimit()
    if let value = message["return"] { return command.heard(.success(value)) }
    let error = message["error"].flatMap { QMPError($0) } ?? QMPError("refused")
    command.heard(.failure(.refused(error)))
  }

  private func end(_ ending: ClientChart.Ending) {
    connection?.close()
    connection = nil
    limit = nil
    let left = waiting.sorted { $0.key < $1.key }
    waiting.removeAll()
    for (_, command) in left { command.heard(.failure(.gone(ending))) }
    onEnd?(ending)
  }

  private func armLimit() {
    guard let first = waiting.values.map(\.deadline).min() else { return limit?.disarm() ?? () }
    limit?.arm(at: first)
  }

  /// The loop calls: the machine's timer, or that a command is late.
  package override func ready(_ what: Ready, watch: Int) {
    guard watch == Self.limitWatch else { return super.ready(what, watch: watch) }
    let late = waiting.filter { $0.value.deadline <= loop.now }.sorted { $0.key < $1.key }
    for (id, _) in late { waiting[id] = nil }
    armLimit()
    for (_, command) in late { command.heard(.failure(.late(command: command.request.name))) }
  }
}

extension QMPClient: MessageReader {
  /// The server sent something.
  package func connection(
    _ connection: MessageConnection, received message: MessageScanner.Message
  ) {
    switch message {
    case .fault(let text): send(.nonsense(text))
    case .text(let bytes):
      guard let value = JSONValue(parsing: bytes) else { return send(nonsense: bytes) }
      if let greeting = value["QMP"], greeting["version"]?.members != nil {
        self.greeting = greeting
        send(.greeted)
      } else if state != .ready, value["id"] == 0 {
        answered(negotiation: value, bytes)
      } else if News(value) != nil {
        said.append(value)
        send(.told)
      } else if value["id"] != nil, Self.isAnswer(value) {
        said.append(value)
        send(.answered)
      } else {
        send(nonsense: bytes)
      }
    }
  }

  private static func isAnswer(_ value: JSONValue) -> Bool {
    value["return"] != nil || value["error"].flatMap { QMPError($0) } != nil
  }

  private func answered(negotiation value: JSONValue, _ bytes: [UInt8]) {
    if value["return"] != nil {
      send(.accepted)
    } else if let error = value["error"].flatMap({ QMPError($0) }) {
      send(.declined(error))
    } else {
      send(nonsense: bytes)
    }
  }

  /// The most of a message that is shown, in bytes.
  private static let shownMax = 64

  private func send(nonsense bytes: [UInt8]) {
    send(.nonsense(String(decoding: bytes.prefix(Self.shownMax), as: UTF8.self)))
  }

  /// The server is gone, or broke a limit.
  package func connectionClosed(_ connection: MessageConnection, because limit: String?) {
    send(.hungUp(limit))
  }
}

extension ClientChart.Ending: CustomStringConvertible {
  /// What happened, in a clause.
  package var description: String {
    switch self {
    case .hungUp(nil): "it has closed the connection"
    case .hungUp(let limit?): "it was left, since \(limit)"
    case .silent: "it has not greeted in time (QEMU serves one client of a socket at a time)"
    case .declined(let error): "it does not negotiate: \(error)"
    case .nonsense(let text): "it does not speak QMP: \(text)"
    case .left: "the connection was ended"
    }
  }
}

extension QMPClient.Failure: CustomStringConvertible {
  /// What happened, in a clause.
  package var description: String {
    switch self {
    case .refused(let error): "\(error)"
    case .late(let command): "\(command) was not answered in time"
    case .gone(let ending): "\(ending)"
    case .busy: "\(QMPClient.commandsMax) commands wait for an answer already, which are the most"
    }
  }
}
