/// A statechart: data that says which states and transitions there are, and pure functions that
/// say what a guard means and what an action computes.
///
/// Nothing here performs anything. An action updates the memory and appends effects to the outbox;
/// a driver performs the effects and feeds the outcome back as events. The terms are those of
/// SCXML (W3C Recommendation, 1 September 2015) and UML 2.5.
public protocol Chart: Sendable {
  /// The states, one enum case each, with raw values that count from zero.
  associatedtype State: Symbol
  /// What the chart reacts to; the cases may carry typed payloads.
  associatedtype Event: Message & Hashable
  /// The conditions on transitions; a chart without any leaves this out.
  associatedtype Guard: Symbol = NoSymbol
  /// The computations on transitions, entries and exits; a chart without any leaves this out.
  associatedtype Action: Symbol = NoSymbol
  /// What a driver is asked to do; the cases may carry typed payloads.
  associatedtype Effect: Message = NoSymbol
  /// The delays after which a state is left by itself.
  associatedtype Delay: Symbol = NoSymbol
  /// The extended state: one flat value, so that a machine can be hashed, compared and restored.
  associatedtype Memory: Hashable & Sendable

  /// The name of the chart, as in its drawing and in traces.
  static var name: StaticString { get }

  /// The states and transitions, written as they nest. Read once for each ``Table`` that is made.
  static var definition: Definition<Self> { get }

  /// How much a machine of the chart holds at one time; a chart to which ``Limits`` are right
  /// leaves this out.
  static var limits: MachineLimits { get }

  /// Whether the guard holds.
  ///
  /// - Parameters:
  ///   - guard: One of this chart's; handled by a `switch` that names every case.
  ///   - memory: The extended state before any action of the transition.
  ///   - event: The event being handled: also that of the step before for an eventless transition,
  ///     and for a done one what the final state gave; nil when there is none.
  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool

  /// What the action computes.
  ///
  /// - Parameters:
  ///   - action: One of this chart's; handled by a `switch` that names every case.
  ///   - memory: The extended state, which only this function changes.
  ///   - event: As for ``check(_:_:_:)``.
  ///   - outbox: Takes the effects that are asked of the driver, and raised and sent events.
  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>)

  /// How long the delay is, in nanoseconds, read when its state is entered.
  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64

  /// The event that is raised when one was refused by decision, in a chart that invokes others; a
  /// chart that does not leaves this out.
  static func answer(_ refused: Event, _ memory: Memory) -> Event?

  /// Whether the chart that an event is for runs, in a chart that invokes others; a chart that does
  /// not leaves this out.
  static func isRunning(for event: Event, _ memory: Memory) -> Bool

  /// The kinds of events that no state handles since they only tell how something has ended: what a
  /// final state gives, see ``Outbox/finish(with:)``. None unless it is said.
  static var results: [Event.Kind] { get }

  /// Whose event it is in a chart that invokes others; a chart that does not leaves this out.
  static func share(of event: Event) -> EventShare
}

extension Chart {
  /// The limits of every machine: those of ``Limits``.
  @inlinable public static var limits: MachineLimits { MachineLimits() }

  /// A refusal is an outcome for whoever has sent the event, and nothing else.
  @inlinable public static func answer(_ refused: Event, _ memory: Memory) -> Event? { nil }

  /// There is the one chart, and it runs.
  @inlinable public static func isRunning(for event: Event, _ memory: Memory) -> Bool { true }

  /// Each kind of event is one that some state handles.
  public static var results: [Event.Kind] { [] }

  /// All events are those of the one chart.
  @inlinable public static func share(of event: Event) -> EventShare { EventShare() }
}

extension Chart where Guard == NoSymbol {
  /// A chart without guards is never asked, so that it need not say this.
  public static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool { true }
}

extension Chart where Action == NoSymbol {
  /// A chart without actions is never asked, so that it need not say this.
  public static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {}
}

extension Chart where Delay == NoSymbol {
  /// A chart without delays is never asked, so that it need not say this.
  public static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 0 }
}
