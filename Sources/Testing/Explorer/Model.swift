/// Something whose states can all be walked: a protocol, several machines with what lies between
/// them, an algorithm.
///
/// A state is flat, so that states are stored and compared as bits. It must have no padding, or
/// padding that is always the same: words, or fields of one size.
public protocol Model: Sendable {
  /// Everything that can differ, in a value of fixed size.
  associatedtype State: BitwiseCopyable & Sendable

  /// What the model is called.
  var name: String { get }
  /// Where it begins.
  var initial: State { get }

  /// Tells every step that can be taken from a state: the number of the action, and the state after
  /// it, which may be the same.
  func expand(_ state: State, _ step: (UInt16, State) -> Void)

  /// The name of what must not be and is; nil for a good state.
  func violation(of state: State) -> String?

  /// Whether the model may stay in this state for ever; one that has no step and may not is stuck.
  func mayRest(in state: State) -> Bool

  /// The action of this number, for people.
  func text(action: UInt16) -> String

  /// The state, for people, on one line.
  func text(state: State) -> String
}
