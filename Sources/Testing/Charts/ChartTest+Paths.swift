import BatonCore

extension ChartTest {
  /// Shortest ways to every state, every transition and every pair of transitions that follow one
  /// another, for testing a system that is not this code.
  ///
  /// What breaks ``expectsEvents`` or fails is on no way; invariants are not looked at.
  ///
  /// - Throws: `ExplorationError`, when there are more states than ``limit``, each counted once for
  ///   every transition that may be the last one before it.
  public func paths() throws(ExplorationError) -> ChartPaths {
    try paths { _, _ in }
  }

  /// The same; `progress` is told now and then how many of them were met, and at which depth.
  package func paths(progress: (Int, Int) -> Void) throws(ExplorationError) -> ChartPaths {
    ChartPaths(try PathFinder(ChartModel(self), limit: limit, progress: progress))
  }
}
