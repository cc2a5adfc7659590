package import BatonCore
package import BatonHost
import Foundation

/// A connection to a host's control socket, for scripts that wait for each answer.
package final class ControlClient: LineReader {
  /// What a host sent without being asked.
  package struct Event: Sendable {
    /// Its name, for instance `MIGRATION`.
    package let name: String
    package let data: [String: String]
  }

  /// Why there is no answer.
  package enum Failure: Error, Sendable {
    /// The host refused the command; its own words.
    case refused(String)
    case gone
    /// It did not answer in time.
    case late(command: String)
  }

  private var connection: LineConnection?
  private let lab: Lab
  /// The answers that somebody waits for, oldest first.
  private var answers: [[String: Any]] = []
  /// Of each command without an answer yet, oldest first, whether somebody waits for it.
  private var isAwaited: [Bool] = []
  /// Every event so far, oldest first.
  package private(set) var events: [Event] = []
  /// False once the host closed the connection.
  package var isConnected: Bool { connection != nil }

  /// Connects to a host that listens already.
  package init(_ lab: Lab, at path: SocketPath) throws(SystemError) {
    self.lab = lab
    let socket = Descriptor(
      owning: try lab.loop.kernel.connect(path: path), in: lab.loop.kernel)
    connection = LineConnection(lab.loop, socket, reader: self)
  }

  /// Sends a command and waits for its answer.
  ///
  /// - Throws: `Failure`.
  @discardableResult
  package func call(
    _ command: String, _ arguments: [String: Any] = [:], timeoutMillis: UInt64 = 10_000
  ) throws(Failure) -> [String: Any] {
    try send(command, arguments, isAwaited: true)
    let didAnswer = lab.wait(timeoutMillis: timeoutMillis) {
      !self.answers.isEmpty || !self.isConnected
    }
    guard !answers.isEmpty else { throw didAnswer ? .gone : .late(command: command) }
    let answer = answers.removeFirst()
    if let error = answer["error"] as? [String: Any] {
      throw .refused(error["desc"] as? String ?? "refused")
    }
    return answer["return"] as? [String: Any] ?? [:]
  }

  /// Sends a command whose answer nobody waits for.
  package func post(_ command: String, _ arguments: [String: Any] = [:]) throws(Failure) {
    try send(command, arguments, isAwaited: false)
  }

  private func send(
    _ command: String, _ arguments: [String: Any], isAwaited: Bool
  ) throws(Failure) {
    guard let connection else { throw .gone }
    let object: [String: Any] = ["execute": command, "arguments": arguments]
    guard let data = try? JSONSerialization.data(withJSONObject: object) else { throw .gone }
    self.isAwaited.append(isAwaited)
    connection.send(String(decoding: data, as: UTF8.self))
  }

  /// Forgets every event so far: a soak would keep millions.
  package func forgetEvents() { events.removeAll(keepingCapacity: true) }

  /// The migration statuses reported so far.
  package var statuses: [String] {
    events.filter { $0.name == "MIGRATION" }.compactMap { $0.data["status"] }
  }

  /// The host sent a line.
  package func connection(_ connection: LineConnection, line: [UInt8]) {
    guard
      let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
    else { return }
    if let name = object["event"] as? String {
      events.append(Event(name: name, data: object["data"] as? [String: String] ?? [:]))
    } else if !isAwaited.isEmpty, isAwaited.removeFirst() {
      answers.append(object)
    }
  }

  package func connectionClosed(_ connection: LineConnection, because limit: String?) {
    self.connection = nil
  }
}

@available(*, unavailable)
extension ControlClient: Sendable {}
