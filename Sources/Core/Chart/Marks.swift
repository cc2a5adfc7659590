/// A set of small numbers. The standard library's would be compiled for each type of elements; this
/// is one array.
struct Marks {
  private var marks: [Bool] = []

  func contains(_ number: Int) -> Bool { number < marks.count && marks[number] }

  /// - Returns: Whether it is new.
  @discardableResult @inline(never)
  mutating func insert(_ number: Int) -> Bool {
    guard !contains(number) else { return false }
    while marks.count <= number { marks.append(false) }
    marks[number] = true
    return true
  }

  mutating func insert(_ numbers: [UInt16]) {
    for number in numbers { insert(Int(number)) }
  }

  mutating func remove(_ number: Int) {
    if number < marks.count { marks[number] = false }
  }
}

/// The places of the numbers in ascending order, those of equal ones as they stand. All that is
/// sorted here and in the C interface is sorted by it, so that sorting is compiled once.
@inline(never)
package func ascendingPlaces(_ numbers: [UInt64]) -> [Int] {
  Array(numbers.indices).sorted { numbers[$0] < numbers[$1] }
}

/// The parts with a separator between them: compiled once for all of them, as sorting is.
@inline(never)
package func joined(_ parts: [String], by separator: String) -> String {
  var text = ""
  for (place, part) in parts.enumerated() {
    if place > 0 { text += separator }
    text += part
  }
  return text
}

/// The numbers, which are not negative, in ascending order.
func ascending(_ numbers: [Int]) -> [Int] {
  ascendingPlaces(numbers.map { UInt64($0) }).map { numbers[$0] }
}
