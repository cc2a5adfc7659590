package import BatonCore
import BatonQMP

/// Asks another process, at its control socket, to hand everything over, and hears of its end.
///
/// The kernel closes what a killed process had one after the other: behind the end of the
/// connection its socket may still listen. So both ends are told, the connection's and its own.
package final class Takeover: Watcher {
  private let loop: any Loop
  private let client: QMPClient
  /// The other process; nil where the kernel does not hand it out.
  private let other: ProcessHandle?
  /// Its descriptor; nil likewise.
  private let number: CInt?
  private var death: Watch?
  private let patienceMillis: UInt64
  private let heard: (BackendChart.Event) -> Void
  /// Whether the other process has begun, and what it said last of its migration.
  private var (hasBegun, status): (Bool, String?) = (false, nil)

  /// Connects and asks.
  ///
  /// - Parameters:
  ///   - path: The other process's control socket.
  ///   - meeting: Where the migration is awaited.
  ///   - patienceMillis: How long it may take to greet.
  ///   - heard: Told that the other process declines, and that it has closed the socket.
  package init(
    _ loop: any Loop, at path: SocketPath, meeting: String, patienceMillis: UInt64,
    heard: @escaping (BackendChart.Event) -> Void
  ) throws(SystemError) {
    self.heard = heard
    self.loop = loop
    self.patienceMillis = patienceMillis
    let socket = Descriptor(owning: try loop.kernel.connect(path: path), in: loop.kernel)
    do {
      let handle = try ProcessHandle(peerOf: socket.number, in: loop.kernel)
      number = handle.number
      other = consume handle
    } catch {
      number = nil
      other = nil
    }
    client = QMPClient(loop, connected: socket, patienceMillis: patienceMillis)
    client.onEnd = { [weak self] in self?.closed($0) }
    client.onEvent = { [weak self] in self?.told($0) }
    client.execute("migrate", ["uri": .text(meeting)]) { [weak self] outcome in
      switch outcome {
      case .success: self?.begun()
      case .failure(.refused(let error)): heard(.declined(error.text))
      // The connection's end or the migration itself tells.
      case .failure: break
      }
    }
  }

  /// What it said before that was of a migration of ours, or was followed by one of ours.
  private func begun() {
    hasBegun = true
    lookAtStatus()
  }

  private func told(_ news: News) {
    guard news.event == "MIGRATION", let status = news.data["status"]?.text else { return }
    self.status = status
    lookAtStatus()
  }

  /// One that has failed over there may never have come here, and only the other process knows why.
  private func lookAtStatus() {
    guard hasBegun, let status, status == "failed" || status == "cancelled" else { return }
    hasBegun = false
    let heard = heard
    client.execute("query-migrate") { outcome in
      let report = try? outcome.get()
      heard(.declined(report?["error-desc"]?.text ?? "its migration is \(status)"))
    }
  }

  private func closed(_ ending: ClientChart.Ending) {
    let text =
      switch ending {
      case .hungUp(nil): "the process has closed its control socket"
      case .silent: "it has not greeted within \(patienceMillis) ms"
      case .hungUp, .declined, .nonsense, .left: "\(ending)"
      }
    heard(.hungUp(text))
    guard let number else { return heard(.otherEnded) }
    death = Watch(loop, descriptor: number, for: .read, calling: self)
  }

  /// The loop calls when the other process has ended.
  package func ready(_ what: Ready, watch: Int) {
    death = nil
    heard(.otherEnded)
  }

  deinit { death = nil }
}

/// Why a process does not hand over what it has.
public struct TakeoverError: Error, CustomStringConvertible {
  /// Its control socket.
  let control: SocketPath
  let failure: BackendChart.Failure

  /// The control socket and the reason.
  public var description: String {
    switch failure {
    case .refused(let refusal): "nothing is taken over from \(control): \(refusal)"
    case .declined(let text): "\(control) does not hand over: \(text)"
    case .silent(let text): "\(control) does not hand over: \(text)"
    case .late(let millis):
      "\(control) does not hand over: it has offered nothing within \(millis) ms"
    }
  }
}

@available(*, unavailable)
extension Takeover: Sendable {}
