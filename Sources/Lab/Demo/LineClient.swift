import BatonCore
import BatonQMP

/// A client of a control socket as release 0.1.0 has it: commands and answers are those of QMP,
/// without a greeting, capabilities and `id`; each answer is the oldest command's.
final class LineClient: MessageReader {
  private var connection: MessageConnection?
  private var waiting: [(QMPClient.Outcome) -> Void] = []
  var onEvent: ((News) -> Void)?
  var onEnd: (() -> Void)?

  init(_ loop: any Loop, at path: SocketPath) throws(SystemError) {
    let socket = Descriptor(owning: try loop.kernel.connect(path: path), in: loop.kernel)
    connection = MessageConnection(loop, socket, reader: self)
  }

  deinit { connection?.close() }

  func execute(
    _ command: String, _ arguments: [String: JSONValue],
    then heard: @escaping (QMPClient.Outcome) -> Void
  ) {
    guard let connection else { return heard(.failure(.gone(.hungUp(nil)))) }
    waiting.append(heard)
    connection.send(Request(command, arguments).value.line)
  }

  func connection(
    _ connection: MessageConnection, received message: MessageScanner.Message
  ) {
    guard case .text(let bytes) = message, let value = JSONValue(parsing: bytes) else { return }
    if let news = News(value) {
      onEvent?(news)
    } else if !waiting.isEmpty {
      let heard = waiting.removeFirst()
      let refusal = value["error"].flatMap { QMPError($0) }
      heard(refusal.map { .failure(.refused($0)) } ?? .success(value["return"] ?? [:]))
    }
  }

  func connectionClosed(_ connection: MessageConnection, because limit: String?) {
    self.connection = nil
    let left = waiting
    waiting.removeAll()
    for heard in left { heard(.failure(.gone(.hungUp(limit)))) }
    onEnd?()
  }
}

@available(*, unavailable)
extension LineClient: Sendable {}
