import BatonTesting
import Dispatch
import Synchronization

/// Many simulated handovers with faults, on every processor.
package struct HandoverSoak: Sendable {
  package struct Report: Codable, Sendable {
    /// Cases, each with a handover in which something may go wrong, and most with another one.
    package var cases: Int
    /// How much there was of what: handovers, hangs, strangers, commands and the like.
    package var counts: [String: Int]
    /// How long it took, by the clock.
    package var seconds: Double
    /// The first failure, shrunk: what it says, and how to see it again.
    package var failure: String?

    /// What there was, in one line.
    package var text: String {
      counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }
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
    let state = Mutex<(done: Int, counts: [String: Int], failure: String?)>((0, [:], nil))
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
      var counts: [String: Int] = [:]
      do { counts = try check(SimulatedCase.self, options: options).counts } catch {
        failure = error
      }
      if let store, let kept = failure as? CheckFailure {
        FailureStore(store, test: kept.test).keep(kept)
      }
      state.withLock { state in
        state.done += options.cases
        state.counts.merge(counts) { $0 + $1 }
        if let failure, state.failure == nil { state.failure = "\(failure)" }
        progress?(state.done)
      }
    }
    let (done, counts, failure) = state.withLock { ($0.done, $0.counts, $0.failure) }
    return Report(
      cases: done, counts: counts, seconds: (clock.now - begin) / .seconds(1), failure: failure)
  }
}
