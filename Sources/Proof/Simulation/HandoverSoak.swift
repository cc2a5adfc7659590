import BatonTesting
import Dispatch
import Synchronization

/// Many simulated handovers with faults, on every processor.
package struct HandoverSoak: Sendable {
  package struct Report: Codable, Sendable {
    /// Cases, each with a handover in which something may go wrong, and most with another one.
    package var cases: Int
    /// How long it took, by the clock.
    package var seconds: Double
    /// The first failure, shrunk: what it says, and how to see it again.
    package var failure: String?
  }

  package var cases: Int
  /// The first case's seed.
  package var seed: UInt64
  package var store: String?
  /// Told how many cases are done.
  package var progress: (@Sendable (Int) -> Void)?

  private static let batch = 1_000

  /// So many cases from this seed on.
  package init(cases: Int, seed: UInt64) {
    self.cases = cases
    self.seed = seed
  }

  /// Runs them; a failure ends it.
  package func run() -> Report {
    let clock = ContinuousClock()
    let begin = clock.now
    let state = Mutex<(done: Int, failure: String?)>((0, nil))
    let batches = (cases + Self.batch - 1) / Self.batch
    let (cases, seed, store, progress) = (cases, seed, store, progress)
    DispatchQueue.concurrentPerform(iterations: batches) { batch in
      guard state.withLock({ $0.failure == nil }) else { return }
      var options = CheckOptions()
      options.cases = min(Self.batch, cases - batch * Self.batch)
      options.seed = seed &+ UInt64(batch * Self.batch)
      options.store = nil
      options.prints = false
      var failure: (any Error)?
      do { try check(SimulatedCase.self, options: options) } catch { failure = error }
      if let store, let kept = failure as? CheckFailure {
        FailureStore(store, test: kept.test).keep(kept)
      }
      state.withLock { state in
        state.done += options.cases
        if let failure, state.failure == nil { state.failure = "\(failure)" }
        progress?(state.done)
      }
    }
    let (done, failure) = state.withLock { ($0.done, $0.failure) }
    return Report(cases: done, seconds: (clock.now - begin) / .seconds(1), failure: failure)
  }
}
