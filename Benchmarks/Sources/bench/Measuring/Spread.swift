/// The middle of many measurements, and how far they scatter.
struct Spread {
  let p10: Double
  let median: Double
  let p90: Double

  /// - Parameter values: In any order, at least one.
  init(_ values: [Double]) {
    let sorted = values.sorted()
    func at(_ share: Double) -> Double { sorted[Int((Double(sorted.count - 1) * share).rounded())] }
    p10 = at(0.1)
    // Of an even number of values, the mean of the two in the middle.
    median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    p90 = at(0.9)
  }
}
