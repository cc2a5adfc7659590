import BatonCore
import BatonQMP

/// One of the two QEMUs: its monitor, and its process, whose end is the kernel's word and not the
/// connection's.
final class Qemu: Watcher {
  /// Its monitor's socket.
  let path: SocketPath
  /// Told when its process has ended.
  var onGone: (() -> Void)?
  /// Told of an event of its monitor.
  var onNews: ((News) -> Void)?
  /// Whether its process has ended, or nobody was found at its monitor.
  private(set) var isGone = false
  private let loop: any Loop
  private(set) var client: QMPClient?
  private var handle: ProcessHandle?
  private var death: Watch?
  private var hard: Timer?

  private static let deathWatch = 1
  private static let hardWatch = 2
  /// How long a process may take to end by itself before it is killed.
  private static let graceNanos: UInt64 = 3_000_000_000

  init(_ loop: any Loop, at path: SocketPath) {
    self.loop = loop
    self.path = path
  }

  deinit { death = nil }

  /// Connects to its monitor.
  ///
  /// - Throws: Why nobody is to be had there; ENOENT and ECONNREFUSED say that nobody is.
  func connect(patienceMillis: UInt64) throws(SystemError) {
    let socket: Descriptor
    do {
      socket = Descriptor(owning: try loop.kernel.connect(path: path), in: loop.kernel)
    } catch {
      // Who was started may not listen yet.
      if error.isNobody, death == nil { isGone = true }
      throw error
    }
    if death == nil { own(try ProcessHandle(peerOf: socket.number, in: loop.kernel)) }
    let client = QMPClient(loop, connected: socket, patienceMillis: patienceMillis)
    client.onEvent = { [weak self] in self?.onNews?($0) }
    self.client = client
  }

  /// Takes its process over, from whoever started or found it.
  func own(_ process: consuming ProcessHandle) {
    death = nil
    let number = process.number
    handle = consume process
    isGone = false
    death = Watch(loop, descriptor: number, for: .read, id: Self.deathWatch, calling: self)
  }

  /// Asks it to carry out a command; who has no monitor fails at once.
  func execute(
    _ command: String, _ arguments: [String: JSONValue] = [:], millis: UInt64 = 10_000,
    then heard: @escaping (QMPClient.Outcome) -> Void
  ) {
    guard let client else { return heard(.failure(.gone(.left))) }
    client.execute(command, arguments, millis: millis, then: heard)
  }

  /// Asks what it is doing.
  func look(then heard: @escaping (Result<Seen, QMPClient.Failure>) -> Void) {
    execute("query-status") { [weak self] outcome in
      guard case .success(let status) = outcome else { return heard(outcome.map { _ in .nobody }) }
      let run = RunState(named: status["status"]?.text ?? "")
      self?.execute("query-migrate") { outcome in
        heard(outcome.map { Seen(run, MigrationStage(named: $0["status"]?.text)) })
      }
    }
  }

  /// Ends its process: as a manager does, and by force when it does not go.
  func end() {
    do { try handle?.signal(Signal.terminate) } catch { execute("quit") { _ in } }
    hard = Timer(loop, id: Self.hardWatch, calling: self)
    hard?.arm(after: Self.graceNanos)
  }

  /// The loop calls: its process has ended, or has not.
  func ready(_ what: Ready, watch: Int) {
    if watch == Self.hardWatch {
      do { try handle?.kill() } catch {}  // It has ended meanwhile, or is not ours to end.
      return
    }
    // One of ours is reaped; others are somebody else's.
    do { _ = try handle?.exitStatus() } catch {}
    death = nil
    hard = nil
    isGone = true
    client?.leave()
    onGone?()
  }
}

extension Seen {
  /// Stands for an answer that was none.
  static let nobody = Seen(.unknown)
}

@available(*, unavailable)
extension Qemu: Sendable {}
