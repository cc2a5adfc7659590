public import BatonCore

/// A chart that says how it is tested, so that a command can do it by the chart's name.
///
/// See `BatonCommand`, the library that makes a command line of such charts.
public protocol TestedChart: Chart {
  /// What may come and what must hold; made anew for each walk, run and mutant.
  static var test: ChartTest<Self> { get }
}
