public import BatonCore

/// What the charts of both sides have alike, as far as their drivers' users see it.
public protocol MigrationChart: Chart where Memory: MigrationMemory {
  /// The chart, checked and flattened once for the process.
  static var table: Table<Self> { get }
}

/// What either side remembers of an attempt, as far as everybody may see it.
public protocol MigrationMemory: Hashable, Sendable {
  /// Why the last attempt did not end in `completed`; nil when it did, or while nothing is wrong.
  var refusal: Refusal? { get }

  /// The memory before the first command.
  init()
}

/// The same as the charts see it: what both judge and remember alike stands here once.
protocol Attempt: MigrationMemory {
  /// What the command of this attempt asked for.
  var terms: MigrationTerms { get }
  var refusal: Refusal? { get set }
  /// True once the user asked for the end of the attempt.
  var isCancelled: Bool { get set }
}

extension Attempt {
  /// Remembers why the attempt ends; the first reason is kept, since others follow from it.
  mutating func note(_ reason: Refusal?) {
    if refusal == nil { refusal = reason }
  }

  /// Backends travel as descriptors on one side only.
  mutating func noteTransfer(_ greeting: Greeting?) {
    note(greeting?.transferRefusal(here: terms.transfersBackends))
  }

  /// The other side has not answered in time.
  mutating func noteTimeout() {
    note(Refusal(.timeout, there: .number(terms.patienceMillis)))
  }

  mutating func noteCancel() {
    isCancelled = true
    note(Refusal(.cancelled))
  }
}
