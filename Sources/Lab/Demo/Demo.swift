import BatonCore
import BatonNet
import Foundation

/// A rehearsal: two VMM processes hand one guest and its TAP to and fro while probes go through it.
package final class Demo {
  /// Who serves the guest's rings in the processes of a rehearsal.
  package enum Datapath: String, CaseIterable, Sendable {
    /// The process that has the guest.
    case process
    /// The kernel (vhost-net), or the rehearsal fails.
    case kernel
    /// The kernel for the first process, and the process itself in the others.
    case alternating
  }

  package struct Options: Sendable {
    /// The path of the `baton` program.
    package var program: String
    /// How often the guest changes hands.
    package var handovers = 5
    /// Queue pairs of its device.
    package var queues = 1
    /// Who serves the guest's rings.
    package var datapath = Datapath.process
    /// Probes per second.
    package var rate = 1000
    /// Who is killed where, in the last handover; nil kills nobody.
    package var kill: KillPoint?
    /// How long the guest may stand still for a switch; nil for the default of hosts, or for
    /// enough to kill somebody in it.
    package var switchMillis: UInt64?
    /// Where all processes write their transition records.
    package var trace: String?
    /// True when SIGINT, SIGTERM and SIGHUP end it in order, with the report so far.
    package var endsOnSignals = false

    /// The defaults; see the properties.
    package init(program: String) { self.program = program }
  }

  static let tap = "baton0"
  static let hostAddress: UInt32 = 0x0A00_0101
  static let guestAddress: UInt32 = 0x0A00_0102
  private static let flowsMax = 32
  private static let warmUpMillis: UInt64 = 200
  private static let pauseMillis: UInt64 = 60
  private static let killSwitchMillis: UInt64 = 5_000
  /// For the answers that are under way at the end.
  private static let lastMillis: UInt64 = 2_000
  private static let roundTripsMax = 2_000

  let lab: Lab
  let options: Options
  let say: (String) -> Void
  private let folder: String
  var source: HostProcess?
  var target: HostProcess?
  var prober: Prober?
  private var names = ["A", "B", "C", "D"]
  /// The names of those whose guest the kernel is to serve.
  private var kernelServed: Set<String> = []
  var complaints: [String] = []
  var handovers: [DemoReport.Handover] = []

  /// A rehearsal in the calling thread, which moves into a network namespace of its own.
  ///
  /// - Parameter say: Told of the progress, a line each.
  /// - Throws: Why there is no laboratory.
  package init(_ options: Options, say: @escaping (String) -> Void) throws {
    try NetworkNamespace.enter()
    lab = Lab()
    if options.endsOnSignals { lab.endOnSignals() }
    try Self.checkTun(lab.loop.kernel)
    self.options = options
    self.say = say
    folder = try Lab.makeFolder()
  }

  /// Says at once what the first host would be refused.
  private static func checkTun(_ kernel: Kernel) throws(LabError) {
    do throws(SystemError) {
      _ = Descriptor(owning: try kernel.openTun(), in: kernel)
    } catch {
      throw .tunRefused(code: error.code)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Runs it all, or until it is interrupted.
  ///
  /// - Throws: Why it could not be run to its end; what merely went wrong stands in the report.
  package func run() throws -> DemoReport {
    do { try rehearse() } catch { if lab.interruption == nil { throw error } }
    if let signal = lab.interruption {
      let text = "interrupted by signal \(signal) after \(handovers.count) handovers"
      complaints.append(text)
      say("✗ \(text)")
    }
    prober?.stop()
    lab.wait(timeoutMillis: Self.lastMillis) { self.prober?.outstanding ?? 0 == 0 }
    endHosts()
    return report(prober?.result ?? ProbeResult())
  }

  private func rehearse() throws {
    source = try startHost(isIncoming: false)
    try bringUp()
    let flows = min(Self.flowsMax, max(1, options.queues * 2))
    let prober = try Prober(
      lab.loop,
      .init(address: Self.guestAddress, ratePerSecond: options.rate, flows: flows))
    self.prober = prober
    prober.start()
    if !awaitAnswer() { complain("no probe was answered before the first handover") }
    lab.pass(millis: Self.warmUpMillis)
    try checkDatapath(of: source)
    let ordinary = options.handovers - (options.kill == nil ? 0 : 1)
    for index in 0..<ordinary where lab.interruption == nil { try handOver(index + 1) }
    guard lab.interruption == nil else { return }
    if let kill = options.kill { try handOver(ordinary + 1, killing: kill) }
    lab.pass(millis: Self.warmUpMillis)
  }

  /// The two sides change roles after every handover.
  func swapSides() {
    swap(&source, &target)
  }

  /// Something that was asked for did not happen; after an interruption nothing else was asked for.
  func complain(_ text: String) {
    guard lab.interruption == nil else { return }
    complaints.append(text)
    say("✗ \(text)")
  }

  func startHost(isIncoming: Bool) throws -> HostProcess {
    var host = HostProcess.Options(
      program: options.program, folder: folder, tap: Self.tap, queues: options.queues,
      memoryMebibytes: options.queues > 16 ? 64 : 16, trace: options.trace)
    let isServedByKernel =
      options.datapath == .kernel || options.datapath == .alternating && !isIncoming
    if isServedByKernel {
      host.netdev =
        "tap,id=net0,ifname=\(Self.tap),queues=\(options.queues),vnet_hdr=on,vhost=on,vhostforce=on"
    }
    // Whoever is stopped to be killed is not to be given up before.
    let millis = options.switchMillis ?? (options.kill == nil ? nil : Self.killSwitchMillis)
    host.more = millis.map { ["--switch-ms", "\($0)"] } ?? []
    let name = names.isEmpty ? "host\(handovers.count)" : names.removeFirst()
    let process = try HostProcess(lab, name: name, host, isIncoming: isIncoming)
    if isServedByKernel { kernelServed.insert(name) }
    return process
  }

  /// A socket of its own for each handover.
  func channelAddress(_ index: Int) -> String { "unix:\(folder)/handover\(index).sock" }

  /// The guest's rings are served by whom they are to be.
  func checkDatapath(of host: HostProcess?) throws {
    guard let host, options.datapath != .process else { return }
    let answer = try host.control.call("query-guest")
    let devices = answer["devices"] as? [String: Any]
    let found = (devices?["net0"] as? [String: Any])?["datapath"] as? String ?? "nothing"
    let wanted = kernelServed.contains(host.name) ? "kernel" : "process"
    if found != wanted { complain("\(host.name)'s rings are served by \(found), not \(wanted)") }
  }

  var interface: Interface { Interface(name: Self.tap) }

  /// Lets the probes go on between two handovers, of which each shows something only if the guest
  /// was served where it was.
  func pause(after index: Int) {
    lab.pass(millis: Self.pauseMillis)
    if !awaitAnswer() { complain("no probe is answered after handover \(index)") }
  }

  /// Waits until a probe is answered that is not sent yet.
  private func awaitAnswer() -> Bool {
    guard let prober else { return false }
    // Each has one answer at most: with one more than were sent, one is to a later probe.
    let sent = prober.received + prober.outstanding
    return lab.wait(timeoutMillis: Self.timeoutMillis) { prober.received > sent }
  }

  private func bringUp() throws {
    try interface.setAddress(Self.hostAddress, prefix: 24)
    try interface.setUp(true)
    say("guest 10.0.1.2 behind \(Self.tap), \(options.queues) queue(s), in a namespace of its own")
  }

  private func endHosts() {
    for host in [source, target] {
      guard let host, !host.hasEnded else { continue }
      host.child.signal(Signal.terminate)
      if !lab.wait(timeoutMillis: 5_000, until: { host.hasEnded }) {
        complain("\(host.name) does not end on SIGTERM")
      } else if host.child.exitStatus != .exited(0) {
        complain("\(host.name) ended with \(host.child.exitStatus.map { "\($0)" } ?? "nothing")")
      }
    }
    source = nil
    target = nil
    if interface.transmitDrops != nil { complain("the interface \(Self.tap) is left behind") }
    let left = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let dead = options.kill == nil ? [] : left.filter { $0.hasSuffix(".sock") }
    for name in left where !dead.contains(name) { complain("\(name) is left behind") }
  }

  private func report(_ probe: ProbeResult) -> DemoReport {
    let isLossExpected = options.kill.map { $0.expectedRunner == nil } ?? false
    if !probe.isClean, !isLossExpected, lab.interruption == nil {
      complain(
        "of \(probe.sent) probes \(probe.lost) were lost, \(probe.duplicated) duplicated, "
          + "\(probe.reordered) reordered, \(probe.corrupted) corrupted")
    }
    return DemoReport(
      tap: Self.tap, queues: options.queues, handovers: handovers, probe: probe,
      complaints: complaints, interruption: lab.interruption,
      roundTrips: prober?.roundTrips(atMost: Self.roundTripsMax) ?? [])
  }
}

@available(*, unavailable)
extension Demo: Sendable {}
