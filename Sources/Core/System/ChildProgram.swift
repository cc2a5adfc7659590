/// A program that a child is to run, and what it is told.
public struct ChildProgram: Sendable {
  /// Where it is, absolute or from our working directory; PATH is not searched.
  public var path: String
  /// What it is called with; its own path goes in front of them.
  public var arguments: [String]
  /// Its environment, `NAME=value` each; nil for a copy of ours.
  public var environment: [String]?
  /// Whether it leads a session of its own (setsid(2)): a terminal's signals do not reach it, and
  /// when it is killed because nobody wants it any more, what it has started is killed as well.
  /// False for a child that shares our process group.
  public var leadsSession = false

  /// Describes a program; that it exists is not asked before the start.
  public init(_ path: String, _ arguments: [String] = [], environment: [String]? = nil) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
  }
}

/// The numbers that become a child's standard input, output and error; lent for one call of
/// ``Kernel/spawn(_:lending:)``.
///
/// A child has no more than these, whatever else this process has open and how.
public struct ChildDescriptors: Sendable, BitwiseCopyable {
  /// What it has as standard input, its descriptor 0.
  public var input: CInt
  /// What it has as standard output, its descriptor 1.
  public var output: CInt
  /// What it has as standard error, its descriptor 2.
  public var error: CInt

  /// What is not named is shared with us.
  public init(input: CInt = 0, output: CInt = 1, error: CInt = 2) {
    self.input = input
    self.output = output
    self.error = error
  }
}
