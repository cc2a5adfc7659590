import BatonCore
import Dispatch

/// What several threads read while nobody changes it.
@safe @usableFromInline struct Lent<Value>: @unchecked Sendable {
  // Whoever lends it waits until all threads are done before it is changed.
  @usableFromInline let value: Value

  @usableFromInline init(_ value: Value) { self.value = value }
}

/// A batch that one thread at a time fills.
@safe @usableFromInline final class Tray<State>: @unchecked Sendable {
  // A round gives each tray to one thread, and waits for all of them.
  @safe @exclusivity(unchecked) @usableFromInline var batch = Batch<State>()

  @usableFromInline init() {}
}

/// States that found no slot in a part of a table, which are entered when all parts are done.
@usableFromInline final class Late: Sendable {
  private let list = Locked<[(number: Int, hash: Int)]>([])

  @usableFromInline init() {}
  @usableFromInline func add(_ number: Int, _ hash: Int) {
    list.withLock { $0.append((number, hash)) }
  }
  @usableFromInline var all: [(number: Int, hash: Int)] { list.withLock { $0 } }
}

/// Does the same for each number below the count, on several threads, and waits for all of them.
@usableFromInline func concurrently(_ count: Int, _ body: @Sendable (Int) -> Void) {
  guard count > 1 else { return body(0) }
  DispatchQueue.concurrentPerform(iterations: count, execute: body)
}

/// What is left to do of a round: each part is given to one thread.
@usableFromInline final class Tickets: Sendable {
  private let count: Int
  private let given = Locked(0)

  @usableFromInline init(_ count: Int) { self.count = count }

  /// The next part; nil when all are given.
  @usableFromInline func next() -> Int? {
    given.withLock { given in
      guard given < count else { return nil }
      given += 1
      return given - 1
    }
  }
}
