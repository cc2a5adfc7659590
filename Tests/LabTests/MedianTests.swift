import Testing

@testable import BatonLab

@Suite(.timeLimit(.minutes(15))) struct MedianTests {
  @Test(
    arguments: [
      ([], nil), ([3], 3), ([1, 4], 2.5), ([9, 1, 5], 5), ([8, 2, 6, 4], 5), ([1, 1, 1, 100], 1),
    ] as [([Double], Double?)])
  func `half of the values are below the median`(values: [Double], median: Double?) {
    #expect(Median.of(values) == median)
  }
}
