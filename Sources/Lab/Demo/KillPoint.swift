import BatonHost

/// Who is killed, and where in the protocol.
package struct KillPoint: Hashable, Sendable {
  /// The two processes of a handover.
  package enum Side: String, CaseIterable, Sendable { case source, target }

  /// Where a handover can be stopped to the step.
  package enum Phase: String, CaseIterable, Sendable {
    /// HELLO was sent.
    case greet
    /// The descriptors were offered.
    case offer
    /// Everything is accepted, the guest still runs.
    case active
    /// The guest is stopped, nothing was sent.
    case `switch`
    /// The word says *offered*.
    case offered
    /// The word says *taken*.
    case taken
    /// The word says *running*, the guest is about to start.
    case running
  }

  /// Who is killed.
  package var side: Side
  /// How far the handover has come when it happens.
  package var phase: Phase

  /// A point; see the properties.
  package init(_ side: Side, at phase: Phase) {
    self.side = side
    self.phase = phase
  }

  /// A point as users write it: `source@offered`; nil when it is none.
  package init?(_ text: String) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, let side = Side(rawValue: String(parts[0])),
      let phase = Phase(rawValue: String(parts[1]))
    else { return nil }
    self.init(side, at: phase)
  }

  /// Who runs the guest afterwards (docs/PROTOCOL.md).
  ///
  /// Before *offered* the guest is the source's and dies with it; from *offered* on a dead source
  /// is no loss; a target that dies before it ran the guest is none either.
  package var expectedRunner: Side? {
    switch (side, phase) {
    case (.source, .greet), (.source, .offer), (.source, .active), (.source, .switch): nil
    case (.source, .offered), (.source, .taken), (.source, .running): .target
    case (.target, .greet), (.target, .offer), (.target, .active), (.target, .switch),
      (.target, .offered), (.target, .taken):
      .source
    case (.target, .running): nil
    }
  }

  /// Where which process stops itself: when all stand, it is this phase and stays so.
  ///
  /// A target that is to die at *offered* must not take the guest before it is killed, so it is
  /// stopped as well.
  var places: [(side: Side, place: HostObserver.Place)] {
    func outgoing(_ state: String, after: Bool) -> (Side, HostObserver.Place) {
      (.source, .init(chart: "Outgoing", state: state, isAfterEffects: after))
    }
    func incoming(_ state: String) -> (Side, HostObserver.Place) {
      (.target, .init(chart: "Incoming", state: state, isAfterEffects: false))
    }
    switch phase {
    case .greet: return [outgoing("greeting", after: true)]
    case .offer: return [outgoing("offering", after: true)]
    case .active: return [outgoing("active", after: true)]
    case .switch: return [outgoing("saving", after: false)]
    case .offered:
      let offered = outgoing("offered", after: true)
      return side == .source ? [offered] : [incoming("ready"), offered]
    case .taken: return [incoming("taken")]
    case .running: return [incoming("completed")]
    }
  }
}

extension KillPoint: CustomStringConvertible {
  /// The point as users write it.
  package var description: String { "\(side.rawValue)@\(phase.rawValue)" }
}
