/// The one source of everything that a test leaves open: which event, which payload, which fault,
/// which of two ready callbacks is first.
///
/// The same test body runs with four drivers: a seed, a stored list, an odometer that counts
/// through all lists, and bytes from a fuzzer. What was chosen is kept as a list of small numbers;
/// a number that is out of range is taken modulo its bound, and behind the end of a list everything
/// is 0, so that every list is a legal run and shrinking may cut anywhere. 0 is the simplest
/// choice.
public final class Choices {
  package struct Choice: Hashable, Sendable {
    /// What was chosen, below the bound.
    package var value: UInt32
    /// How many possibilities there were.
    package var bound: UInt32
    package var label: String
  }

  enum Driver {
    case random(Generator)
    case replay([UInt32])
    case bytes([UInt8])
  }

  private var driver: Driver
  /// What was chosen so far.
  package private(set) var made: [Choice] = []
  package private(set) var marks: Set<String> = []
  /// How much there was of what, for a report.
  package private(set) var counts: [String: Int] = [:]

  private init(_ driver: Driver) { self.driver = driver }

  /// Chooses at random, the same for the same seed.
  public convenience init(seed: UInt64) { self.init(.random(Generator(seed: seed))) }

  /// Chooses what a list says, and 0 behind its end.
  public convenience init(replaying list: [UInt32]) { self.init(.replay(list)) }

  /// Chooses what bytes say, one for a bound of up to 256, four for a larger one: for a fuzzer.
  public convenience init(bytes: [UInt8]) { self.init(.bytes(bytes)) }

  /// The values that were chosen, to be stored and replayed.
  public var list: [UInt32] { made.map(\.value) }

  /// A number from zero up to, and without, `bound`.
  ///
  /// - Parameters:
  ///   - bound: How many possibilities there are, 1 to 2³² - 1.
  ///   - label: What the choice is about, for traces.
  public func below(_ bound: Int, _ label: StaticString) -> Int {
    precondition(bound > 0 && bound <= Int(UInt32.max), "a bound is 1 to 2³² - 1")
    let value = next(UInt32(bound), made.count)
    made.append(Choice(value: value, bound: UInt32(bound), label: "\(label)"))
    return Int(value)
  }

  private func next(_ bound: UInt32, _ place: Int) -> UInt32 {
    switch driver {
    case .random(var generator):
      let value = UInt32(truncatingIfNeeded: generator.next() % UInt64(bound))
      driver = .random(generator)
      return value
    case .replay(let list): return place < list.count ? list[place] % bound : 0
    case .bytes(var bytes):
      var value: UInt32 = 0
      for _ in 0..<(bound > 256 ? 4 : 1) where !bytes.isEmpty {
        value = value << 8 | UInt32(bytes.removeFirst())
      }
      driver = .bytes(bytes)
      return value % bound
    }
  }

  /// A number of a range; its lower end is the simplest.
  public func int(_ range: ClosedRange<Int>, _ label: StaticString) -> Int {
    range.lowerBound + below(range.count, label)
  }

  /// One of several; the first is the simplest.
  public func pick<C: RandomAccessCollection>(_ all: C, _ label: StaticString) -> C.Element {
    let offset = below(all.count, label)
    return all[all.index(all.startIndex, offsetBy: offset)]
  }

  /// True once in so many times; false is the simplest.
  public func chance(oneIn times: Int, _ label: StaticString) -> Bool {
    times > 0 && below(times, label) == times - 1
  }

  /// Marks that this happened; a check in which a mark that it asks for was never hit fails.
  public func sometimes(_ mark: StaticString, _ holds: Bool = true) {
    if holds { marks.insert("\(mark)") }
  }

  /// Counts what there was, for the report of all cases.
  package func count(_ what: StaticString, _ number: Int = 1) {
    counts["\(what)", default: 0] += number
  }

  /// Runs a body with every list of choices that it can ask for, in order; for bodies that choose
  /// little.
  ///
  /// - Parameters:
  ///   - limit: Runs after which it is given up.
  ///   - body: The test; it may use nothing that differs from run to run but these choices.
  /// - Returns: How many lists there were; nil when the limit was reached.
  @discardableResult
  public static func exhaust(
    limit: Int = 1_000_000, _ body: (Choices) throws -> Void
  ) rethrows -> Int? {
    var list: [UInt32] = []
    for count in 1...limit {
      let choices = Choices(replaying: list)
      try body(choices)
      var made = choices.made
      while let last = made.last, last.value + 1 >= last.bound { made.removeLast() }
      guard !made.isEmpty else { return count }
      made[made.count - 1].value += 1
      list = made.map(\.value)
    }
    return nil
  }
}

@available(*, unavailable)
extension Choices: Sendable {}

/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same everywhere.
package struct Generator: Sendable {
  private var state: UInt64

  /// Starts at a seed, and gives the same numbers for the same one.
  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
