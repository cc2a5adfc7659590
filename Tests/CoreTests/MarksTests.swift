import Testing

@testable import BatonCore

/// What stands for sets, sorting and interpolation, so that these are compiled once.
@Suite(.timeLimit(.minutes(15))) struct MarksTests {
  @Test func `a number is new once, and again when it was removed`() {
    var marks = Marks()
    let answers = [marks.insert(300), marks.insert(300), marks.insert(2)]
    #expect(answers == [true, false, true])
    #expect([2, 3, 300, 999].map { marks.contains($0) } == [true, false, true, false])
    marks.remove(300)
    marks.remove(999)
    #expect(!marks.contains(300) && marks.contains(2))
  }

  @Test func `equal numbers keep their order`() {
    #expect(ascendingPlaces([3, 1, 3, .max, 1, 0]) == [5, 1, 4, 0, 2, 3])
    #expect(ascending([7, 0, 7, 3]) == [0, 3, 7, 7] && ascending([]) == [])
  }

  @Test func `a sentence is what its pieces say`() {
    let inner: Sentence = "'\(Refusal.Value.flag(true))'"
    let number = -7
    let all: Sentence = "\("é") \(UInt64.max), \(number), \(UInt16(9)) \(inner)"
    #expect(
      (all + " ünd \(StaticString("so"))").text == "é 18446744073709551615, -7, 9 'on' ünd so")
  }
}
