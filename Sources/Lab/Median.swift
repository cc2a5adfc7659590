/// The middle of many measurements.
enum Median {
  /// As many values are below it as above: of an even number of them, the mean of the two in the
  /// middle. Nil without values.
  static func of(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}
