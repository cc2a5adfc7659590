package import BatonCore
import BatonMig
import BatonTesting

/// A handover between two processes of a simulated machine, by the charts, drivers and devices that
/// run for real; what goes wrong is planned.
package final class SimulatedHandover {
  package let machine = SimulatedMachine()
  private let queues: Int
  private(set) var source: SimulatedHost
  private(set) var target: SimulatedHost
  private let baseline: (files: Int, mappings: Int)
  private var frames = 0
  private static var roundsMax: Int { 20_000 }
  /// How long a round takes.
  private static var roundNanos: UInt64 { 100_000 }

  /// A guest that runs in one process, and another process that is to have it.
  package init(queues: Int = 1) throws {
    self.queues = queues
    source = SimulatedHost(machine.spawn(), queues: queues)
    try source.boot()
    baseline = (source.kernel.openCount, source.kernel.mappingCount)
    target = SimulatedHost(machine.spawn(), queues: queues)
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

  /// The target listens, and the source is asked to migrate.
  package func begin() {
    deliver(3)
    _ = target.listen()
    target.buryIfDead()
    _ = source.migrate()
    source.buryIfDead()
  }

  /// Everybody does what there is to do, until nobody has anything left.
  ///
  /// - Parameter choose: Who is next: true for the source.
  /// - Returns: False when it does not come to an end.
  @discardableResult
  package func settle(choose: () -> Bool = { true }) -> Bool {
    for _ in 0..<Self.roundsMax {
      let isSourceFirst = choose()
      let first = isSourceFirst ? source : target
      let second = isSourceFirst ? target : source
      machine.advance(to: machine.now + Self.roundNanos)
      for host in [source, target] where host.isAlive { host.loop.pass(to: machine.now) }
      if first.poll() || second.poll() { continue }
      guard !isOver, let next = nextDeadline else { return isOver }
      machine.advance(to: next)
      source.advance(to: next)
      target.advance(to: next)
    }
    return false
  }

  private var isOver: Bool { source.isSendingOver && target.isReceivingOver }

  private var nextDeadline: UInt64? {
    [source, target].filter(\.isAlive).compactMap(\.loop.nextDeadline).min()
  }

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
      let wanted = isOwner ? baseline : (0, 0)
      let found = (host.kernel.openCount, host.kernel.mappingCount)
      if found.0 != wanted.0 {
        faults.append("the \(name) has \(found.0) descriptors open, not \(wanted.0)")
      }
      if found.1 != wanted.1 {
        faults.append("the \(name) has \(found.1) mappings, not \(wanted.1)")
      }
    }
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
    target = SimulatedHost(machine.spawn(), queues: queues)
    begin()
    guard settle() else { return ["the next handover does not end"] }
    guard target.hasGuest else {
      let why = source.outgoing?.refusal ?? target.incoming?.refusal
      return ["the next handover does not succeed: \(why.map { "\($0)" } ?? source.text)"]
    }
    return faults().map { "after the next handover: \($0)" }
  }
}

@available(*, unavailable)
extension SimulatedHandover: Sendable {}
