/// The whole state of a machine between macrosteps: one flat value that can be hashed, compared
/// and restored.
public struct Snapshot<C: Chart>: Hashable, Sendable {
  /// The active leaf.
  public let state: C.State
  /// The extended state.
  public let memory: C.Memory
  /// When the running delays are due.
  public let deadlines: Deadlines
}
