import BatonCore
import BatonHost
import BatonLab
import Foundation
import Testing

/// A network namespace with hosts in it, their TAP, and probes from the kernel's side; at the end
/// it looks whether anything is left.
final class Stage {
  static let tap = "tap0"
  static let timeoutMillis: UInt64 = 30_000
  private static let flow = 20
  /// Low enough for the TAP's queue to hold what comes while everybody stands still.
  private static let ratePerSecond = 200 / Int(Lab.slowness)

  let lab = Lab()
  let folder: String
  private var hosts: [HostProcess] = []
  var middlemen: [Middleman] = []
  private var probers: [Prober] = []
  private var interfaces: Set<String> = []
  private var incoming: Set<String> = []
  private var killed: Set<String> = []
  /// Those whose trace cannot be written to its end.
  var losing: Set<String> = []
  private var addresses = 0

  /// Runs a test on a stage of its own, and strikes the stage.
  static func run(_ body: (Stage) throws -> Void) async throws {
    try await NamespaceThread.run {
      let stage = try Stage()
      defer { try? FileManager.default.removeItem(atPath: stage.folder) }
      try body(stage)
      try stage.strike()
    }
  }

  private init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/baton-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o777])
    // The mask of this process may have taken some of it away.
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
  }

  // MARK: Hosts

  /// A host as a test wants it.
  struct Wish {
    var isIncoming = false
    var taps = [Stage.tap]
    var queues = 1
    var memoryMebibytes = 4
    var isTraced = false
    /// Its device in QEMU's words, whose interface is the first of `taps`.
    var netdev: String?
    var more: [String] = []
    var launcher: [String] = []
    /// The command, that of another release perhaps.
    var program = Program.path
    /// True for a release whose control socket is older than QMP.
    var speaksLines = false
  }

  /// Starts a host and waits until it answers.
  func start(_ name: String, _ wish: Wish = Wish()) throws -> HostProcess {
    var options = HostProcess.Options(
      program: wish.program, folder: folder, tap: wish.taps[0], queues: wish.queues,
      memoryMebibytes: wish.memoryMebibytes, trace: wish.isTraced ? tracePath(name) : nil)
    // A stop that a test makes is no reason to end an attempt, unless the test says so; a release
    // from before knows nothing of it.
    options.more = wish.program == Program.path ? ["--switch-ms", "30000"] : []
    options.more += ["--ip", "10.0.1.1"] + wish.taps.dropFirst().flatMap { ["--tap", $0] }
    options.more += wish.more
    options.netdev = wish.netdev
    options.launcher = wish.launcher
    options.speaksLines = wish.speaksLines
    interfaces.formUnion(wish.taps)
    if wish.isIncoming { incoming.insert(name) }
    let host = try HostProcess(lab, name: name, options, isIncoming: wish.isIncoming)
    hosts.append(host)
    // Once it has answered it has accepted the connection: its descriptors can be counted.
    try host.control.call("query-status")
    return host
  }

  /// Starts a host that waits for a guest.
  func startTarget(_ name: String = "B", _ wish: Wish = Wish()) throws -> HostProcess {
    var wish = wish
    wish.isIncoming = true
    return try start(name, wish)
  }

  /// Starts a host with a guest, and probes it.
  func startSource(_ name: String = "A", _ wish: Wish = Wish()) throws -> HostProcess {
    let host = try start(name, wish)
    try probe(wish)
    return host
  }

  private func tracePath(_ name: String) -> String { "\(folder)/\(name).trace" }

  /// The transition records that a host wrote, one object each.
  func trace(_ host: HostProcess) throws -> [[String: Any]] {
    let text = try String(contentsOfFile: tracePath(host.name), encoding: .utf8)
    return try text.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
      return try #require(object as? [String: Any], "\(line)")
    }
  }

  /// Kills a host as `kill -9` does, and waits for its end.
  func kill(_ host: HostProcess) throws {
    host.child.signal(Signal.kill)
    try expectDeath(host)
  }

  /// Waits until a host was killed, by whomever.
  func expectDeath(_ host: HostProcess) throws {
    killed.insert(host.name)
    try wait("the end of \(host.name)") { host.hasEnded }
    #expect(host.child.exitStatus == .killed(signal: Signal.kill))
  }

  /// Ends a host as `kill` does, and expects that it goes in order.
  func end(_ host: HostProcess, sourceLocation: SourceLocation = #_sourceLocation) throws {
    host.child.signal(Signal.terminate)
    // A host that is traced is seen to have ended before its tracer gives it back to us.
    try wait("the end of \(host.name) on SIGTERM", sourceLocation) {
      host.hasEnded && host.child.exitStatus != nil
    }
    #expect(
      host.child.exitStatus == .exited(losing.contains(host.name) ? 1 : 0), "\(host.name)",
      sourceLocation: sourceLocation)
    let socket = "\(folder)/\(host.name).sock"
    #expect(!FileManager.default.fileExists(atPath: socket), sourceLocation: sourceLocation)
  }

  /// A socket of its own for every handover.
  func newAddress() -> String {
    addresses += 1
    return "unix:\(folder)/channel\(addresses)"
  }

  // MARK: Probes

  /// Each device has a subnet of two: the first one's guest is 10.0.1.1 and the kernel 10.0.1.0,
  /// the second one's guest is 10.0.1.2 and the kernel 10.0.1.3.
  func probe(
    _ tap: String, _ index: Int, flows: Int, awaitsAnswer: Bool
  ) throws {
    let guest = 0x0A00_0101 + UInt32(index)
    let interface = Interface(name: tap)
    try interface.setAddress(guest ^ 1, prefix: 31)
    try interface.setUp(true)
    let prober = try Prober(
      lab.loop, .init(address: guest, ratePerSecond: Self.ratePerSecond, flows: flows))
    probers.append(prober)
    prober.start()
    guard awaitsAnswer else { return }
    try wait("the first answer through \(tap)") { prober.received > 0 }
  }

  /// Waits until probes were answered that were sent from now on.
  func expectFlow(sourceLocation: SourceLocation = #_sourceLocation) throws {
    for prober in probers {
      let goal = prober.result.sent + Self.flow
      try wait("answers", sourceLocation) { prober.received >= goal }
    }
  }

  /// Waits until probes stay without an answer.
  func expectSilence(sourceLocation: SourceLocation = #_sourceLocation) throws {
    try wait("silence", sourceLocation) { probers.allSatisfy { $0.outstanding >= Self.flow } }
  }

  /// Sends probes through every TAP of a host that has its guest.
  func probe(_ wish: Wish = Wish(), awaitsAnswer: Bool = true) throws {
    for index in wish.taps.indices {
      // Enough flows that the kernel spreads them over all queues.
      try probe(
        wish.taps[index], index, flows: wish.queues == 1 ? 2 : 8 * wish.queues,
        awaitsAnswer: awaitsAnswer)
    }
  }

  /// The guest is about to die: its probes get lost.
  func expectLoss() {
    for prober in probers { prober.stop() }
    probers = []
  }

  /// The guest is about to end in order: what was sent is answered first, and none was lost.
  func endProbes(sourceLocation: SourceLocation = #_sourceLocation) {
    for prober in probers { prober.stop() }
    lab.wait(timeoutMillis: Self.timeoutMillis) { self.probers.allSatisfy { $0.outstanding == 0 } }
    for prober in probers {
      #expect(prober.result.isClean, "\(prober.result)", sourceLocation: sourceLocation)
    }
    probers = []
  }

  /// The longest time between two answers so far, of all probes.
  var longestGapMicros: UInt64 { probers.map(\.result.longestGapMicros).max() ?? 0 }

  // MARK: Waiting

  /// Something did not come in time.
  struct Late: Error, CustomStringConvertible {
    let what: String
    var description: String { "\(what) did not come in time" }
  }

  /// Lets everything go on until `isDone`.
  func wait(
    _ what: String, _ sourceLocation: SourceLocation = #_sourceLocation, until isDone: () -> Bool
  ) throws {
    guard lab.wait(timeoutMillis: Self.timeoutMillis, until: isDone) else {
      Issue.record("\(what) did not come in time", sourceLocation: sourceLocation)
      throw Late(what: what)
    }
  }

  // MARK: The end

  /// Ends what lives and looks for what is left.
  private func strike() throws {
    for prober in probers { prober.stop() }
    try wait("the last answer") { self.probers.allSatisfy { $0.outstanding == 0 } }
    for prober in probers { #expect(prober.result.isClean, "\(prober.result)") }
    for host in hosts where !host.hasEnded { try end(host) }
    middlemen = []
    for name in interfaces {
      #expect(Interface(name: name).transmitDrops == nil, "\(name) is left behind")
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { file in
      !file.hasSuffix(".trace") && !killed.contains { file == "\($0).sock" }
    }
    // A listener that was killed leaves its socket file.
    let mayStay = killed.isDisjoint(with: incoming) ? [] : left.filter { $0.hasPrefix("channel") }
    #expect(left == mayStay)
  }
}

@available(*, unavailable)
extension Stage: Sendable {}
