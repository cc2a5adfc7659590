/// What a machine did in one microstep: fixed size, symbols as numbers, ready for a ring.
public struct TransitionRecord: Hashable, Sendable, BitwiseCopyable {
  /// When it happened, in nanoseconds of the loop's clock.
  public var time: UInt64
  /// The number that the machine was given by its owner.
  public var machine: UInt16
  /// The table's column that triggered: an event kind, eventless, done of a state, or a delay.
  public var trigger: UInt16
  /// The transition in document order; nil when none was taken.
  public var transition: UInt32?
  /// The leaf before, as the raw value of a state.
  public var from: UInt16
  /// The leaf afterwards, as the raw value of a state.
  public var to: UInt16
  /// What became of the event: taken, ignored, refused, deferred or unexpected.
  public var outcome: Outcome
  /// How many effects the microstep emitted, 255 for more; `effects` holds the kinds of the first
  /// eight.
  public var effectCount: UInt8
  /// The kinds of the first eight effects, one a byte, the first in the lowest.
  public var effects: UInt64
  /// One bit for each guard that was asked.
  public var guardsAsked: UInt64
  /// One bit for each guard that held, at its raw value.
  public var guardsHeld: UInt64

  /// A record; see the properties.
  @inlinable package init(
    time: UInt64, machine: UInt16, trigger: UInt16, transition: UInt32?, from: UInt16, to: UInt16,
    outcome: Outcome, effectCount: UInt8 = 0, effects: UInt64 = 0, guardsAsked: UInt64 = 0,
    guardsHeld: UInt64 = 0
  ) {
    self.time = time
    self.machine = machine
    self.trigger = trigger
    self.transition = transition
    self.from = from
    self.to = to
    self.outcome = outcome
    self.effectCount = effectCount
    self.effects = effects
    self.guardsAsked = guardsAsked
    self.guardsHeld = guardsHeld
  }

  /// The kind numbers of the recorded effects, in order.
  public var effectKinds: [UInt8] {
    (0..<min(8, Int(effectCount))).map { UInt8(truncatingIfNeeded: effects >> (8 * UInt64($0))) }
  }
}

/// Sees every microstep of a machine. A watcher never changes what the machine does.
public protocol Observer: AnyObject {
  /// Called after the microstep, before its effects are performed.
  func observed(_ record: TransitionRecord)
  /// Called before the record of a machine with regions or history: which leaves are active
  /// behind the microstep.
  ///
  /// - Parameters:
  ///   - count: How many leaves are active; 0 when the machine has finished.
  ///   - leaf: Lent for the call: the leaf at a place from 0 on, in document order, as the raw
  ///     value of a state.
  func configured(_ count: Int, _ leaf: (Int) -> UInt16)
  /// Called when the effects of a macrostep have been performed.
  func rested(_ machine: UInt16, in state: UInt16)
  #if !hasFeature(Embedded)
    /// Whether it wants to be told more before each record.
    var wantsDetail: Bool { get }
    /// What belongs to the record that is observed next, told only to who wants it.
    func described(_ detail: RecordDetail)
  #endif
}

extension Observer {
  /// Most observers look at single transitions, and do without this.
  public func configured(_ count: Int, _ leaf: (Int) -> UInt16) {}
  /// Most observers only keep records, and do without this.
  public func rested(_ machine: UInt16, in state: UInt16) {}
  #if !hasFeature(Embedded)
    /// Most observers do without detail, which has to be copied.
    public var wantsDetail: Bool { false }
    /// Most observers do without detail, and are never called here.
    public func described(_ detail: RecordDetail) {}
  #endif
}
