/// What a session's expressions mean (SCXML 5): it holds the variables, and knows nothing of states
/// but whether one is active.
///
///     Session ──code, values──▶ DataModel ─┬─ MiniModel        mini, null: in Swift
///        ▲                          │      ├─ ECMAScriptModel  ecmascript: Duktape, by a trait
///        └──In(), console, clock────┘      └─ ForeignModel     all others: errors by name
///
/// Whatever goes wrong in it is an `ExpressionError`, which becomes `error.execution`. It is
/// confined to the thread of its session.
protocol DataModel: AnyObject {
  /// What scripts may ask; set before anything is evaluated.
  var host: ModelHost { get set }

  /// Sets a variable that no assignment of a document may (SCXML 5.10).
  func setSystem(_ name: String, _ value: Value) throws(ExpressionError)
  func isDeclared(_ name: String) -> Bool
  /// Declares a variable, or gives a declared one another value.
  func declare(_ name: String, _ value: Value) throws(ExpressionError)
  func declare(_ name: String, _ code: Code) throws(ExpressionError)
  /// The value of a variable as it stands; nil when it is not declared.
  func current(_ name: String) -> Value?

  func value(of code: Code) throws(ExpressionError) -> Value
  /// The value at a location, such as a name of a `namelist`.
  func value(at location: Code) throws(ExpressionError) -> Value
  func holds(_ condition: Code) throws(ExpressionError) -> Bool
  /// The value as a line for people (SCXML 4.7).
  func line(_ code: Code) throws(ExpressionError) -> String
  /// What text stands for that is written where a value is expected (SCXML B.2.1).
  func value(ofText text: String) -> Value

  func assign(_ location: Code, _ value: Value) throws(ExpressionError)
  func assign(_ location: Code, _ code: Code) throws(ExpressionError)
  func run(_ script: Code) throws(ExpressionError)

  /// Takes a copy of a list and answers with its length (SCXML 4.6); loops may nest.
  func beginLoop(_ array: Code) throws(ExpressionError) -> Int
  /// Assigns an element of the innermost loop's list.
  func assign(_ location: Code, element: Int) throws(ExpressionError)
  func endLoop()
}

/// What a data model asks its session.
struct ModelHost {
  /// Whether the state of this id is active.
  var isActive: (String) -> Bool = { _ in false }
  /// A line that a script prints.
  var log: (String) -> Void = { _ in }
  /// Milliseconds of the processor's clock.
  var now: () -> Double = { 0 }
}

/// The data model that a document names.
enum ModelName: Hashable, Sendable {
  case mini
  case ecmascript
  /// None of ours: documents load, and their expressions are errors.
  case foreign(String)

  /// For documents that name none: the platform chooses (SCXML 3.2.1).
  static var standard: ModelName { ECMAScript.isBuilt ? .ecmascript : .mini }

  init(_ name: String?) {
    switch name {
    case nil, "": self = .standard
    case "mini", "null": self = .mini
    case "ecmascript" where ECMAScript.isBuilt: self = .ecmascript
    case let name?: self = .foreign(name)
    }
  }

  /// Why its expressions do not run; nil when they do.
  var refusal: String? {
    switch self {
    case .mini, .ecmascript: nil
    case .foreign("ecmascript"):
      "the data model ecmascript is not built in: build with the trait ECMAScript"
    case .foreign(let name):
      "the data model \(name) does not run here: ecmascript, mini and null do"
    }
  }
}
