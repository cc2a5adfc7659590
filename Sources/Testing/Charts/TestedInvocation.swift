public import BatonCore

/// An invocation that says how the chart of both is tested, as a ``TestedChart`` does.
public protocol TestedInvocation: Invocation {
  /// What may come to both charts and what must hold; made anew for each walk, run and mutant.
  static var test: ChartTest<Invoking<Self>> { get }
}

extension Invoking: TestedChart where I: TestedInvocation {
  /// What the invocation says is tested.
  public static var test: ChartTest<Invoking<I>> { I.test }
}
