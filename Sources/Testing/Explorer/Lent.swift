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
  // A pipeline gives each tray to one thread at a time.
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
