/// Pairs of numbers that stand in falling order.
enum Inversions {
  /// How many pairs there are of a number and a smaller one behind it: n · log n steps (the count
  /// that merge sort makes on its way).
  static func count(_ numbers: [Int]) -> Int {
    var from = numbers
    var into = numbers
    var count = 0
    var width = 1
    while width < from.count {
      for start in stride(from: 0, to: from.count, by: 2 * width) {
        count += merge(from, into: &into, start: start, width: width)
      }
      swap(&from, &into)
      width *= 2
    }
    return count
  }

  /// Merges two sorted runs that follow each other.
  private static func merge(_ from: [Int], into: inout [Int], start: Int, width: Int) -> Int {
    let middle = min(start + width, from.count)
    let end = min(start + 2 * width, from.count)
    var (left, right, count) = (start, middle, 0)
    for place in start..<end {
      if left < middle, right == end || from[left] <= from[right] {
        into[place] = from[left]
        left += 1
      } else {
        count += middle - left
        into[place] = from[right]
        right += 1
      }
    }
    return count
  }
}
