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
  @usableFromInline var batch = Batch<State>()

  @usableFromInline init() {}
}

/// Does the same for each number below the count, on several threads, and waits for all of them.
@usableFromInline func concurrently(_ count: Int, _ body: @Sendable (Int) -> Void) {
  DispatchQueue.concurrentPerform(iterations: count, execute: body)
}
