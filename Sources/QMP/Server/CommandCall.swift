package import BatonCore

/// A command that is being carried out; answered once, at once or later.
package final class CommandCall {
  /// What is asked for.
  package let request: Request
  private let monitor: Monitor?
  private let heard: ((Answer) -> Void)?

  init(_ request: Request, of monitor: Monitor) {
    self.request = request
    self.monitor = monitor
    heard = nil
  }

  /// A command that nobody sent over a socket.
  package init(_ request: Request, heard: @escaping (Answer) -> Void) {
    self.request = request
    monitor = nil
    self.heard = heard
  }

  /// The arguments by name.
  package var arguments: [String: JSONValue] { request.arguments }

  /// The descriptor that came with the command, which the caller owns from here on.
  ///
  /// - Throws: That there is none, in QEMU's words.
  package func takeDescriptor() throws(QMPError) -> Descriptor {
    guard let descriptor = monitor?.connection?.takeDescriptor() else {
      throw QMPError("No file descriptor supplied via SCM_RIGHTS")
    }
    return descriptor
  }

  /// Answers the command.
  package func answer(_ result: Result<JSONValue, QMPError>) {
    let answer = Answer(result, id: request.id)
    monitor?.answer(answer)
    heard?(answer)
  }
}

@available(*, unavailable)
extension CommandCall: Sendable {}
