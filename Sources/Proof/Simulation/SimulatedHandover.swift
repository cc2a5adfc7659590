package import BatonCore
import BatonMig
import BatonTesting

/// A handover between two processes of a simulated machine, by the charts, drivers and devices that
/// run for real; what goes wrong is planned.
package final class SimulatedHandover {
  package let machine = SimulatedMachine()
  private let queues: Int
  private let blackout = SimulatedBlackout()
  private(set) var source: SimulatedHost
  private(set) var target: SimulatedHost
  private let baseline: (files: Int, mappings: Int)
  private var frames = 0
  /// Frames that the guest sent.
  private var sent = 0
  /// What the source's user said of the guest, the last thing last.
  var wishes = [true]
  /// The target's user wants the guest to stay paused when it comes.
  var isHeld = false
  private var visitors: [(kernel: SimulatedKernel, number: CInt)] = []
  private static var roundsMax: Int { 20_000 }
  /// How long a round takes.
  private static var roundNanos: UInt64 { 100_000 }
  /// How often in a row the same side may be the first.
  private static var turnsMax: Int { 3 }
  /// How long the guest may be without a host: the budget of the switch, and behind it two rounds
  /// of the source, of which each may wait for turns of the target.
  private static var blackoutMax: UInt64 {
    SimulatedHost.switchMillis * 1_000_000 + 2 * UInt64(turnsMax + 1) * roundNanos
  }

  /// A guest that runs in one process, and another process that is to have it.
  ///
  /// - Parameters:
  ///   - queues: How many queues the device has.
  ///   - others: How many the target's has; nil for as many.
  ///   - isServedByKernel: Whether there is vhost-net, and both sides wish for it.
  package init(queues: Int = 1, others: Int? = nil, isServedByKernel: Bool = false) throws {
    self.queues = queues
    if isServedByKernel { machine.vhostFeatures = SimulatedVhost.usualFeatures }
    source = SimulatedHost(machine.spawn(), queues: queues, blackout: blackout)
    try source.boot()
    baseline = (
      source.kernel.openCount - source.datapathCount, source.kernel.mappingCount
    )
    target = SimulatedHost(machine.spawn(), queues: others ?? queues, blackout: blackout)
  }

  deinit {
    source.drop()
    target.drop()
  }

  /// The calls of the source since its plan was set.
  package var sourceCalls: [Call] { source.kernel.calls }
  /// The calls of the target.
  package var targetCalls: [Call] { target.kernel.calls }

  /// What goes wrong, from here on.
  package func plan(source plan: FaultPlan = .init(), target other: FaultPlan = .init()) {
    source.kernel.plan = plan
    target.kernel.plan = other
  }

  /// Frames come from the network.
  func deliver(_ count: Int = 1) {
    for _ in 0..<count {
      let number = UInt8(truncatingIfNeeded: frames)
      machine.deliver(
        [UInt8](repeating: number, count: 60), to: SimulatedHost.interface, queue: frames)
      frames += 1
    }
  }

  /// Somebody who is no source connects to where the target listens, and says this.
  func visit(saying bytes: [UInt8]) {
    let kernel = machine.spawn()
    guard let path = SocketPath(SimulatedHost.path), let number = try? kernel.connect(path: path)
    else { return }
    visitors.append((kernel, number))
    guard !bytes.isEmpty else { return }
    // Safe: the bytes outlive the call, and no descriptor travels.
    _ = unsafe bytes.withUnsafeBytes { bytes in
      unsafe try? kernel.send(
        number, bytes: bytes, descriptors: UnsafeBufferPointer(start: nil, count: 0))
    }
  }

  /// Whoever visits goes.
  func dismissVisitors() {
    for visitor in visitors { visitor.kernel.close(visitor.number) }
    visitors = []
  }

  /// The target listens, and the source is asked to migrate.
  ///
  /// - Parameter visits: What those say who connect to the target before the source does.
  package func begin(visits: [[UInt8]] = []) {
    deliver(3)
    for rings in [true, false] where machine.vhostFeatures != nil {
      source.sendFrame(rings: rings)
      sent += 1
    }
    blackout.reset()
    wishes = [source.runsGuest]
    isHeld = false
    _ = target.listen()
    target.buryIfDead()
    for bytes in visits { visit(saying: bytes) }
    _ = source.migrate()
    source.buryIfDead()
  }

  /// Everybody does what there is to do, until nobody has anything left.
  ///
  /// - Parameter choose: Who is next: true for the source.
  /// - Returns: False when it does not come to an end.
  @discardableResult
  package func settle(choose: () -> Bool = { true }) -> Bool {
    var turns = (isSource: true, count: 0)
    for _ in 0..<Self.roundsMax {
      var isSourceFirst = choose()
      if isSourceFirst == turns.isSource, turns.count == Self.turnsMax { isSourceFirst.toggle() }
      turns = (isSourceFirst, isSourceFirst == turns.isSource ? turns.count + 1 : 1)
      if round(isSourceFirst ? [source, target] : [target, source]) { continue }
      guard !isOver, let next = [source, target].compactMap(\.nextMoment).min() else {
        return isOver
      }
      machine.advance(to: next)
      wake()
      source.advance(to: next)
      target.advance(to: next)
    }
    return false
  }

  /// A round of the first who has something to do; false when nobody has.
  private func round(_ hosts: [SimulatedHost]) -> Bool {
    machine.advance(to: machine.now + Self.roundNanos)
    wake()
    for host in hosts { host.pass(to: machine.now) }
    let isBusy = hosts.contains { $0.poll() }
    for host in hosts { host.buryIfDead() }
    return isBusy
  }

  /// Who hung takes steps again when it is time.
  private func wake() {
    for host in [source, target] {
      guard let hang = host.hang, hang.until <= machine.now else { continue }
      // A source that hangs and has not offered the guest to one who waits for it is waited for.
      let isOffered = Self.owner(machine.word) == .offered && target.incoming?.state == .ready
      if host === source, !isOffered { blackout.excuse(from: hang.since, to: machine.now) }
      host.wake()
    }
  }

  private var isOver: Bool { source.isSendingOver && target.isReceivingOver }

  /// Whether the guest died with who owned it, as the word said at the death (design: source dies
  /// at *held*, target dies at *running*).
  var wasOwnerLost: Bool {
    let atSource = Self.owner(source.kernel.wordAtDeath)
    let atTarget = Self.owner(target.kernel.wordAtDeath)
    if !source.isAlive, !target.isAlive { return true }
    if !source.isAlive { return atSource == nil || atSource == .held || atSource == .revoked }
    // The word is gone once both have hung up.
    return !target.isAlive && (atTarget == .running || source.outgoing?.state == .completed)
  }

  private static func owner(_ word: UInt64?) -> Ownership? {
    word.flatMap { Ownership(rawValue: UInt32(truncatingIfNeeded: $0)) }
  }

  /// How often a migration stopped the guest, and how long it stood still at most, in nanoseconds.
  var standstills: (count: Int, longest: UInt64) { (blackout.count, blackout.longest) }

  /// What does not hold of what was promised of an attempt, by name; empty when all is well.
  func broken() -> [String] {
    var faults = brokenWish + SimulatedReasons(source, target).faults
    if source.isAlive, blackout.longest > Self.blackoutMax {
      faults.append("the guest was in the dark for \(blackout.longest / 1_000) us")
    }
    return faults
  }

  /// What the users said last holds wherever the guest is. A source that ends before BYE takes
  /// with it what its user said since the guest was stopped.
  private var brokenWish: [String] {
    let may =
      target.hasGuest
      ? (target.witness.hasHeard ? wishes.suffix(1) : wishes[...]).map { $0 && !isHeld }
      : wishes.suffix(1)
    let runs = source.runsGuest || target.runsGuest
    if !hasGuest || may.contains(runs) { return [] }
    return ["the guest \(runs ? "runs" : "is paused"), against what its user said last"]
  }

  /// What does not hold after the end, by name; empty when all is well.
  ///
  /// - Parameter mayBeLost: Whether the target may have refused the guest of a source that died.
  package func faults(mayBeLost: Bool = false) -> [String] {
    var faults: [String] = []
    let mayBeLost = mayBeLost || wasOwnerLost
    let owners = [source, target].filter(\.hasGuest)
    if owners.count > 1 { faults.append("the guest runs twice") }
    if owners.isEmpty, !mayBeLost {
      faults.append("nobody runs the guest (source \(source.text), target \(target.text))")
    }
    source.finish()
    target.finish()
    for (name, host) in [("source", source), ("target", target)] where host.isAlive {
      let isOwner = owners.contains { $0 === host }
      var wanted = isOwner ? baseline : (0, 0)
      wanted.0 += host.datapathCount
      let found = (host.kernel.openCount, host.kernel.mappingCount)
      if found.0 != wanted.0 {
        faults.append("the \(name) has \(found.0) descriptors open, not \(wanted.0)")
      }
      if found.1 != wanted.1 {
        faults.append("the \(name) has \(found.1) mappings, not \(wanted.1)")
      }
    }
    if let owner = owners.first, owners.count == 1 { faults += datapathFaults(of: owner) }
    if owners.count == 1 {
      let waiting = machine.waiting(at: SimulatedHost.interface).count
      let dropped = machine.dropped(at: SimulatedHost.interface)
      if waiting + dropped != frames || dropped > 0 {
        faults.append("\(frames) frames came, \(waiting) wait and \(dropped) were dropped")
      }
    } else if owners.isEmpty, machine.interfaceCount > 0 {
      faults.append("the interface is left behind")
    }
    return faults
  }

  /// What is wrong with who serves the rings, and with what went out of them.
  private func datapathFaults(of owner: SimulatedHost) -> [String] {
    var faults: [String] = []
    if machine.clashes > 0 { faults.append("\(machine.clashes) rings had two servers") }
    if machine.ghosts > 0 { faults.append("the dead moved \(machine.ghosts) frames") }
    if !owner.isServedAsWished { faults.append("the kernel does not serve the rings") }
    guard owner.runsGuest else { return faults }
    owner.ring()
    let count = machine.interface(SimulatedHost.interface)?.sent.count ?? 0
    if count != sent { faults.append("the guest sent \(sent) frames, \(count) went out") }
    return faults
  }

  /// Whether there is a guest that can be handed over.
  package var hasGuest: Bool { source.hasGuest || target.hasGuest }

  /// Who has the guest hands it to a fresh process; nothing goes wrong.
  ///
  /// - Returns: What does not hold.
  package func next() -> [String] {
    let owner = source.hasGuest ? source : target
    (source.hasGuest ? target : source).drop()
    source = owner
    source.kernel.plan = FaultPlan()
    source.switchMillis = SimulatedHost.switchMillis
    target = SimulatedHost(machine.spawn(), queues: queues, blackout: blackout)
    begin()
    guard settle() else { return ["the next handover does not end"] }
    guard target.hasGuest else {
      let why = source.outgoing?.refusal ?? target.incoming?.refusal
      return ["the next handover does not succeed: \(why.map { "\($0)" } ?? source.text)"]
    }
    return (broken() + faults()).map { "after the next handover: \($0)" }
  }
}

@available(*, unavailable)
extension SimulatedHandover: Sendable {}
