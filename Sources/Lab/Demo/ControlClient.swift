package import BatonCore
import BatonQMP
import Foundation

/// A connection to a host's control socket, for scripts that wait for each answer.
package final class ControlClient {
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
    /// There is no connection any more; why, in a clause.
    case gone(String)
    /// It did not answer in time.
    case late(command: String)
  }

  private let lab: Lab
  private let qmp: QMPClient?
  /// In place of QMP, which the first release does not speak.
  private let lines: LineClient?
  /// Every event so far, oldest first.
  package private(set) var events: [Event] = []
  /// False once the host closed the connection.
  package var isConnected: Bool { ending == nil }
  /// Why there is no connection any more, in a clause.
  private var ending: String?

  /// Connects to a host that listens already.
  ///
  /// - Parameters:
  ///   - lab: Carries the connection.
  ///   - path: The control socket.
  ///   - speaksLines: True for a host of release 0.1.0, whose socket is older than QMP.
  package init(
    _ lab: Lab, at path: SocketPath, speaksLines: Bool = false
  ) throws(SystemError) {
    self.lab = lab
    qmp = speaksLines ? nil : try QMPClient(lab.loop, at: path)
    lines = speaksLines ? try LineClient(lab.loop, at: path) : nil
    qmp?.onEvent = { [weak self] in self?.heard($0) }
    lines?.onEvent = { [weak self] in self?.heard($0) }
    qmp?.onEnd = { [weak self] in self?.ending = "\($0)" }
    lines?.onEnd = { [weak self] in self?.ending = "it has closed the connection" }
  }

  private func heard(_ news: News) {
    events.append(Event(name: news.event, data: news.data.mapValues { $0.text ?? $0.line }))
  }

  /// Sends a command and waits for its answer.
  ///
  /// - Throws: `Failure`.
  @discardableResult
  package func call(
    _ command: String, _ arguments: [String: Any] = [:], timeoutMillis: UInt64 = 10_000
  ) throws(Failure) -> [String: Any] {
    var outcome: QMPClient.Outcome?
    try send(command, arguments, millis: timeoutMillis * Lab.slowness) { outcome = $0 }
    lab.wait(timeoutMillis: timeoutMillis + 1_000) { outcome != nil }
    switch outcome {
    case .success(let value): return Self.plain(value)
    case .failure(.refused(let error)): throw .refused(error.text)
    case .failure(.gone), .failure(.busy): throw .gone("\(command): \(reason(outcome))")
    case .failure(.late), nil: throw .late(command: command)
    }
  }

  /// Sends a command whose answer nobody waits for.
  package func post(_ command: String, _ arguments: [String: Any] = [:]) throws(Failure) {
    try send(command, arguments, millis: 3_600_000) { _ in }
  }

  private func send(
    _ command: String, _ arguments: [String: Any], millis: UInt64,
    then heard: @escaping (QMPClient.Outcome) -> Void
  ) throws(Failure) {
    if let ending { throw .gone("\(command): \(ending)") }
    guard let data = try? JSONSerialization.data(withJSONObject: arguments),
      let members = JSONValue(parsing: data)?.members
    else { throw .refused("\(command): its arguments are no JSON") }
    qmp?.execute(command, members, millis: millis, then: heard)
    lines?.execute(command, members, then: heard)
  }

  private func reason(_ outcome: QMPClient.Outcome?) -> String {
    if case .failure(let failure) = outcome { "\(failure)" } else { "no answer" }
  }

  /// What a command returned, as Foundation has it.
  private static func plain(_ value: JSONValue) -> [String: Any] {
    let found = try? JSONSerialization.jsonObject(with: Data(value.line.utf8))
    return found as? [String: Any] ?? [:]
  }

  /// Forgets every event so far: a soak would keep millions.
  package func forgetEvents() { events.removeAll(keepingCapacity: true) }

  /// The migration statuses reported so far.
  package var statuses: [String] {
    events.filter { $0.name == "MIGRATION" }.compactMap { $0.data["status"] }
  }
}

@available(*, unavailable)
extension ControlClient: Sendable {}
