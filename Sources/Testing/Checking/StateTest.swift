/// A test of something that has states: a world, what can be done to it, what may go wrong, what
/// always holds, and what must hold in the end.
///
///     struct Turnstile: StateTest {
///       var machine = …
///       init(_ choices: Choices) {}
///       static var commands: [Command<Self>] {
///         [.init("coin") { world, _ in world.machine.insert() }]
///       }
///       static var invariants: [Invariant<Self>] {
///         [.init("never negative") { $0.machine.coins >= 0 }]
///       }
///       var text: String { "\(machine)" }
///     }
///     @Test func turnstile() throws { try check(Turnstile.self) }
public protocol StateTest {
  /// The world at its beginning; sizes and options are choices.
  init(_ choices: Choices) throws

  /// What failures and stored cases call it; the type's name unless it is given.
  static var name: String { get }
  /// What may be done to the world, in any order that preconditions allow.
  static var commands: [Command<Self>] { get }
  /// What may go wrong; none unless it is given.
  static var faults: [Fault<Self>] { get }
  /// What holds at the beginning and after every step.
  static var invariants: [Invariant<Self>] { get }
  /// What must hold once faults are over and everything had its turn; nil for nothing.
  static var goal: Invariant<Self>? { get }
  /// Marks that some case has to hit (``Choices/sometimes(_:_:)``).
  static var marks: [String] { get }

  /// A step of a world in which nothing goes wrong any more: each duty in its turn.
  ///
  /// - Returns: False when nobody has anything to do.
  mutating func heal(_ choices: Choices) throws -> Bool

  /// The state on one line, for the trace; its hash is what two runs must have in common.
  var text: String { get }
}

extension StateTest {
  /// The name of the type, unless a test says otherwise.
  public static var name: String { "\(Self.self)" }
  /// Nothing goes wrong, unless a test says otherwise.
  public static var faults: [Fault<Self>] { [] }
  /// Nothing but what commands throw, unless a test says otherwise.
  public static var invariants: [Invariant<Self>] { [] }
  /// Nothing must hold in the end, unless a test says otherwise.
  public static var goal: Invariant<Self>? { nil }
  /// No marks are expected, unless a test says otherwise.
  public static var marks: [String] { [] }

  /// Nobody has duties that are done once faults are over, unless a test says otherwise.
  public mutating func heal(_ choices: Choices) -> Bool { false }
}

/// Something that can be done to a world, with the precondition under which it may be.
public struct Command<World> {
  /// How the trace calls it.
  let name: String
  /// How often it is chosen, beside the weights of the others.
  let weight: Int
  private(set) var isPossible: (World) -> Bool = { _ in true }
  let run: (inout World, Choices) throws -> Void
  /// Whether it must be refused and change nothing.
  let isRefused: Bool

  private init(
    _ name: String, _ weight: Int, _ isRefused: Bool,
    _ run: @escaping (inout World, Choices) throws -> Void
  ) {
    self.name = name
    self.weight = weight
    self.run = run
    self.isRefused = isRefused
  }

  /// A command; one that throws fails the test.
  public init(
    _ name: String, weight: Int = 4, _ run: @escaping (inout World, Choices) throws -> Void
  ) {
    self.init(name, weight, false, run)
  }

  /// A command that must throw, and leave the text of the world as it was.
  public static func refused(
    _ name: String, weight: Int = 1, _ run: @escaping (inout World, Choices) throws -> Void
  ) -> Command {
    Command(name, weight, true, run)
  }

  /// The same command, possible only where this holds.
  public func when(_ isPossible: @escaping (World) -> Bool) -> Command {
    var command = self
    command.isPossible = isPossible
    return command
  }
}

/// Something that may go wrong in a world, so and so often.
public struct Fault<World> {
  /// How the trace calls it.
  let name: String
  /// How often at most in one case.
  let budget: Int
  private(set) var isPossible: (World) -> Bool = { _ in true }
  let run: (inout World, Choices) throws -> Void

  /// A fault that may happen between two commands.
  ///
  /// - Parameters:
  ///   - name: What traces call it.
  ///   - budget: How often it may happen in one case.
  ///   - run: Makes it happen.
  public init(
    _ name: String, budget: Int = 1, _ run: @escaping (inout World, Choices) throws -> Void
  ) {
    self.name = name
    self.budget = budget
    self.run = run
  }

  /// The same fault, possible only where this holds.
  public func when(_ isPossible: @escaping (World) -> Bool) -> Fault {
    var fault = self
    fault.isPossible = isPossible
    return fault
  }
}

/// Something that holds after every step, by name.
public struct Invariant<World> {
  /// The sentence that a failure shows.
  let name: String
  let holds: (World) throws -> Bool

  /// An invariant; one that throws does not hold, and the error is shown.
  public init(_ name: String, _ holds: @escaping (World) throws -> Bool) {
    self.name = name
    self.holds = holds
  }
}

@available(*, unavailable)
extension Command: Sendable {}
@available(*, unavailable)
extension Fault: Sendable {}
@available(*, unavailable)
extension Invariant: Sendable {}
