import BatonCore
import BatonLab
import Foundation
import Testing

/// A network namespace with a process `baton net` in it, its TAP, and probes from the kernel.
final class BackendStage {
  static let tap = "tap0"
  static let guest: UInt32 = 0x0A00_0101
  private static let timeoutMillis: UInt64 = 30_000
  private static let flow = 20
  private static let ratePerSecond = 200 / Int(Lab.slowness)

  let lab = Lab()
  let folder: String
  private(set) var backend: ChildProcess
  private let arguments: [String]
  let path: SocketPath
  private(set) var prober: Prober?
  /// Those of further TAPs.
  private var others: [Prober] = []
  /// Their guests run until the last answer is here, whatever becomes of the test's own variables.
  private var fronts: [FrontEnd] = []
  /// The process was asked to end.
  private var isQuitting = false

  /// Runs a test on a stage of its own, and strikes the stage.
  ///
  /// - Parameter more: What the process is started with besides; a socket `net.sock` in the stage's
  ///   folder, a TAP of so many pairs and a control socket unless it says otherwise, the folder
  ///   being written as FOLDER.
  static func run(
    pairs: Int = 1, _ more: [String]? = nil, starter: [String] = [],
    prepare: (String) throws -> Void = { _ in },
    _ body: (BackendStage) throws -> Void
  ) async throws {
    try await NamespaceThread.run {
      let folder = try Lab.makeFolder()
      try prepare(folder)
      let words = more ?? ["--socket", "FOLDER/net.sock", "--tap", tap, "--queues", "\(pairs)"]
      func inFolder(_ words: [String]) -> [String] {
        words.map { $0.replacingOccurrences(of: "FOLDER", with: folder) }
      }
      let stage = try BackendStage(folder, inFolder(words), starter: inFolder(starter))
      defer { try? FileManager.default.removeItem(atPath: stage.folder) }
      try body(stage)
      try stage.strike()
    }
  }

  private init(_ folder: String, _ arguments: [String], starter: [String]) throws {
    self.folder = folder
    path = try #require(SocketPath(folder + "/net.sock"))
    self.arguments = arguments
    backend = try Self.start(lab, folder, starter, arguments)
    try wait("the backend") { !self.backend.lines.isEmpty || self.backend.hasEnded }
    try #require(!backend.hasEnded, "\(log)")
  }

  private static func start(
    _ lab: Lab, _ folder: String, _ starter: [String], _ arguments: [String]
  ) throws -> ChildProcess {
    try ChildProcess(
      lab.loop, "/bin/sh",
      [
        "-c", "NOTIFY_SOCKET='\(folder)/notify' exec \"$0\" \"$@\" 2>>'\(folder)/log'",
      ] + starter + [Program.path, "net", "--control", "\(folder)/control"] + arguments)
  }

  /// Starts a process that takes over from the one that runs.
  func startSuccessor(_ more: [String] = [], starter: [String] = []) throws -> ChildProcess {
    try Self.start(lab, folder, starter, arguments + ["--takeover", "\(folder)/control"] + more)
  }

  /// Replaces the process by another one, which serves when this comes back.
  func takeOver(_ sourceLocation: SourceLocation = #_sourceLocation) throws {
    let successor = try startSuccessor()
    try wait("the successor", sourceLocation) {
      !successor.lines.isEmpty || successor.hasEnded
    }
    try #require(!successor.hasEnded, "\(log)", sourceLocation: sourceLocation)
    try wait("the end of the one before", sourceLocation) { self.backend.hasEnded }
    #expect(backend.exitStatus == .exited(0), "\(log)", sourceLocation: sourceLocation)
    backend = successor
    // Its control socket is that of the one before, which has to let go of it first.
    try wait("the control socket", sourceLocation) {
      SocketPath("\(self.folder)/control").flatMap {
        try? self.lab.loop.kernel.connect(path: $0)
      }.map { self.lab.loop.kernel.close($0) } != nil
    }
  }

  /// What a command of the control socket answers.
  func ask(_ command: String, _ arguments: [String: Any] = [:]) throws -> [String: Any] {
    let control = try #require(SocketPath("\(folder)/control"))
    return try ControlClient(lab, at: control).call(command, arguments)
  }

  /// What the first port says of guests that went from one front-end to the other: how many did,
  /// what the last of them cost, and what of that was the backend's own, in nanoseconds.
  func changeovers() throws -> (count: Int, nanos: Int, own: Int, processor: Int) {
    let ports = try #require(try ask("query-ports")["ports"] as? [[String: Any]])
    let port = try #require(ports.first)
    func number(_ key: String) -> Int { port[key] as? Int ?? 0 }
    return (
      number("changeovers"), number("changeover-ns"), number("changeover-own-ns"),
      number("changeover-processor-ns")
    )
  }

  /// What the backend has logged so far.
  var log: String { (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? "" }

  /// A front-end that has greeted the backend.
  func connect(_ guest: FrontEndGuest, at other: SocketPath? = nil) throws -> FrontEnd {
    let front = try FrontEnd(lab, guest, at: other ?? path)
    try front.greet()
    fronts.append(front)
    return front
  }

  /// Listens until the backend connects, and greets it.
  func accept(_ guest: FrontEndGuest, at path: SocketPath) throws -> FrontEnd {
    let kernel = lab.loop.kernel
    let listener = Descriptor(owning: try kernel.listen(path: path, backlog: 1), in: kernel)
    var connected: CInt?
    try wait("a call at \(path)") {
      connected = connected ?? (try? kernel.accept(listener.number))
      return connected != nil
    }
    try kernel.unlink(path: path)
    let front = try FrontEnd(
      lab, guest, over: Descriptor(owning: try #require(connected), in: kernel))
    try front.greet()
    fronts.append(front)
    return front
  }

  /// Sends probes from now on, and waits for the first answer.
  func probe(flows: Int = 2) throws {
    let interface = Interface(name: Self.tap)
    try interface.setAddress(Self.guest ^ 1, prefix: 31)
    try interface.setUp(true)
    let prober = try Prober(
      lab.loop, .init(address: Self.guest, ratePerSecond: Self.ratePerSecond, flows: flows))
    self.prober = prober
    prober.start()
    try wait("the first answer") { prober.received > 0 }
  }

  /// Sends probes through another port's TAP as well, and waits for the first answer.
  func probe(tap: String, guest: UInt32) throws {
    let interface = Interface(name: tap)
    try interface.setAddress(guest ^ 1, prefix: 31)
    try interface.setUp(true)
    let prober = try Prober(
      lab.loop, .init(address: guest, ratePerSecond: Self.ratePerSecond, flows: 2))
    others.append(prober)
    prober.start()
    try wait("the first answer through \(tap)") { prober.received > 0 }
  }

  /// Waits until probes were answered that were sent from now on.
  func expectFlow(_ sourceLocation: SourceLocation = #_sourceLocation) throws {
    let prober = try #require(prober)
    let all = [prober] + others
    let goals = all.map { $0.result.sent + Self.flow }
    try wait("answers", sourceLocation) {
      zip(all, goals).allSatisfy { $0.received >= $1 }
    }
  }

  /// Waits until so many more probes were sent, answered or not.
  func expectSent(_ count: Int) throws {
    let prober = try #require(prober)
    let goal = prober.result.sent + count
    try wait("probes") { prober.result.sent >= goal }
  }

  /// Sends no probes until it goes on; those on their way come back first.
  func rest() throws {
    let all = [prober].compactMap { $0 } + others
    for prober in all { prober.stop() }
    try wait("the last answer") { all.allSatisfy { $0.outstanding == 0 } }
  }

  func goOn() { for prober in [prober].compactMap({ $0 }) + others { prober.start() } }

  /// Waits until the backend has logged this.
  func expectLog(_ text: String, _ sourceLocation: SourceLocation = #_sourceLocation) throws {
    try wait("the log: \(text)", sourceLocation) { self.log.contains(text) }
  }

  /// Lets everything go on until `isDone`.
  func wait(
    _ what: String, _ sourceLocation: SourceLocation = #_sourceLocation, until isDone: () -> Bool
  ) throws {
    // A log is a file, for which nobody rings: the probes keep the loop awake, or this does.
    let tick = Ticker(lab.loop)
    defer { tick.stop() }
    guard lab.wait(timeoutMillis: Self.timeoutMillis, until: isDone) else {
      let probes = prober.map { "\($0.result)" } ?? "no probes"
      Issue.record(
        "\(what) did not come in time; \(probes): \(log)", sourceLocation: sourceLocation)
      throw Stage.Late(what: what)
    }
  }

  /// Asks the process at the control socket to end, which may be nobody's child here.
  func quit() throws {
    isQuitting = true
    _ = try ask("quit")
    try wait("the end of the control socket") {
      !FileManager.default.fileExists(atPath: "\(folder)/control")
        && Interface(name: Self.tap).transmitDrops == nil
    }
  }

  private func strike() throws {
    try rest()
    for prober in [prober].compactMap({ $0 }) + others {
      #expect(prober.result.isClean, "\(prober.result)")
    }
    // One that was asked to quit has stopped to listen for signals before it ends.
    if !backend.hasEnded, !isQuitting { backend.signal(Signal.terminate) }
    try wait("the end of the backend") { self.backend.hasEnded }
    #expect(backend.exitStatus == .exited(0), "\(log)")
    #expect(Interface(name: Self.tap).transmitDrops == nil, "the TAP is left behind")
    #expect(!FileManager.default.fileExists(atPath: "\(path)"), "the socket is left behind")
  }
}

@available(*, unavailable)
extension BackendStage: Sendable {}
