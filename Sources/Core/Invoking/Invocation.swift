/// A chart inside a chart: which state of one chart runs which other chart, and what the two tell
/// each other. ``Invoking`` is the chart of both.
///
/// The terms are those of SCXML 6.4: entering the state invokes the child, whose states are inside
/// it from then on, and leaving it cancels the child, with its delays, its deferred and its sent
/// events, and what its history states remember. The next entry begins anew. When the child comes
/// to its end, a final state of its own root, the state is done.
///
///     enum Checkout: Invocation {
///       typealias Parent = Order
///       typealias Child = Payment
///       static var state: Order.State { .paying }
///
///       static func begin(_ order: Order.Memory, _ event: Order.Event?) -> Payment.Memory {
///         Payment.Memory(amount: order.total)
///       }
///     }
///     let machine = Machine(Table.trusted(Invoking<Checkout>.self), memory: .init(Order.Memory()))
///
/// The parent is no chart alone when it waits for the child's end, and is drawn and tested with it.
/// A state that runs a chart has no states of its own. Two states that do are two invocations:
/// `Invoking<Shipment>`, whose parent is `Invoking<Checkout>`.
public protocol Invocation: Sendable {
  /// The chart with the state that runs the other one.
  associatedtype Parent: Chart
  /// The chart that is run.
  associatedtype Child: Chart

  /// The name of the chart of both; the parent's unless it is said.
  static var name: StaticString { get }

  /// What the child's states, events, guards and actions are called by, `payment.asking`, in the
  /// drawing and in traces; the child's name unless it is said. Two invocations of one chart need
  /// names that differ.
  static var childName: StaticString { get }

  /// The state of the parent that runs the child.
  static var state: Parent.State { get }

  /// What the child's memory begins with, whenever the state is entered.
  ///
  /// - Parameters:
  ///   - parent: The parent's memory behind the entry actions of the state.
  ///   - event: The parent's event that led there; nil when there is none.
  static func begin(_ parent: Parent.Memory, _ event: Parent.Event?) -> Child.Memory

  /// What the parent keeps of a child that has come to its end; it is not asked about one that is
  /// cancelled. Called as the child's final state is entered, before the state is done: also when
  /// no guard of its `done` transitions holds then. Nothing unless it is said.
  static func end(_ child: Child.Memory, _ parent: inout Parent.Memory)

  /// The parent's event in which its guards and actions see an event of the child: above all what
  /// the child ends with, see ``Outbox/finish(with:)``. None unless it is said.
  static func seen(_ event: Child.Event) -> Parent.Event?

  /// The event that an effect of the child raises in the parent: behind what was raised before, and
  /// before what the same action raises and before the child's end. One that leaves the state so
  /// takes both away. It counts for ``MachineLimits/raised``. Nil, as for all unless it is said, is
  /// an effect for the driver.
  static func told(_ effect: Child.Effect) -> Parent.Event?

  /// The event that an effect of the parent raises in the child; while none runs nothing comes of
  /// it. Nil, as for all unless it is said, is an effect for the driver.
  static func asked(_ effect: Parent.Effect) -> Child.Event?

  /// The event that is raised in the parent when the child refuses one of this kind by decision,
  /// whoever has sent it, who has the refusal as well. None for all kinds unless it is said.
  static func refused(_ kind: Child.Event.Kind) -> Parent.Event?

  /// Whether an event for a child that does not run is ignored, and not refused; false unless it
  /// is said. Answers that come when the child was cancelled are such events.
  static var isLateIgnored: Bool { get }
}

extension Invocation {
  /// The parent's name, for an invocation that has none of its own.
  public static var name: StaticString { Parent.name }

  /// The child's own name, for an invocation of it that is the only one.
  public static var childName: StaticString { Child.name }

  /// Keeps nothing, for an invocation that does not say what.
  public static func end(_ child: Child.Memory, _ parent: inout Parent.Memory) {}

  /// Shows nothing, for an invocation that does not say what.
  public static func seen(_ event: Child.Event) -> Parent.Event? { nil }

  /// Leaves the effect to the driver, for an invocation that tells the parent nothing.
  public static func told(_ effect: Child.Effect) -> Parent.Event? { nil }

  /// Leaves the effect to the driver, for an invocation that asks the child nothing.
  public static func asked(_ effect: Parent.Effect) -> Child.Event? { nil }

  /// Tells the parent nothing of what is refused.
  public static func refused(_ kind: Child.Event.Kind) -> Parent.Event? { nil }

  /// Refuses events for a child that does not run.
  public static var isLateIgnored: Bool { false }
}
