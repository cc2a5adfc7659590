public import BatonCore
public import BatonHost
import Foundation

/// A connection to a host's control socket, for scripts that wait for each answer.
public final class ControlClient: LineReader {
  /// What a host sent without being asked.
  public struct Event: Sendable {
    /// Its name, for instance `MIGRATION`.
    public let name: String
    /// Its data.
    public let data: [String: String]
  }

  /// Why there is no answer.
  public enum Failure: Error, Sendable {
    /// The host refused the command; its own words.
    case refused(String)
    /// The host is gone.
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
  public private(set) var events: [Event] = []
  /// False once the host closed the connection.
  public var isConnected: Bool { connection != nil }

  /// Connects to a host that listens already.
  public init(_ lab: Lab, at path: SocketPath) throws(SystemError) {
    self.lab = lab
    let socket = Descriptor(
      owning: try lab.loop.kernel.connect(path: path), in: lab.loop.kernel)
    connection = LineConnection(lab.loop, socket, reader: self)
  }

  /// Sends a command and waits for its answer.
  ///
  /// - Throws: `Failure`.
  @discardableResult
  public func call(
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
  public func post(_ command: String, _ arguments: [String: Any] = [:]) throws(Failure) {
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

  /// The migration statuses reported so far.
  public var statuses: [String] {
    events.filter { $0.name == "MIGRATION" }.compactMap { $0.data["status"] }
  }

  /// The host sent a line.
  public func connection(_ connection: LineConnection, line: [UInt8]) {
    guard
      let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
    else { return }
    if let name = object["event"] as? String {
      events.append(Event(name: name, data: object["data"] as? [String: String] ?? [:]))
    } else if !isAwaited.isEmpty, isAwaited.removeFirst() {
      answers.append(object)
    }
  }

  /// The host is gone.
  public func connectionClosed(_ connection: LineConnection) { self.connection = nil }
}

@available(*, unavailable)
extension ControlClient: Sendable {}
