import BatonCore

/// One implementation of one chart, with a sequence of events to take.
protocol Contender: AnyObject {
  /// Takes the events of a part of the sequence.
  func drive(_ part: Range<Int>)
  /// Everything that was counted, and the leaf: equal for all implementations of a chart.
  var counters: [UInt64] { get }
}

/// Which implementation.
enum Engine: String, CaseIterable {
  /// BatonCore's `Machine` over its flattened table.
  case baton
  /// A nested switch in Swift, written by hand.
  case written
  /// The flattened table in C.
  case twin
  /// The machine with a `Trace` that keeps a record of each microstep.
  case traced
  /// BatonCore's `Driver` around the machine: clock, outbox and run to completion.
  case driver
  /// BatonCore's `Machine` over the chart inside a state of another.
  case invoked
}

/// Which chart.
enum Subject: String, CaseIterable {
  case flat4
  case hier3
  case regions2

  func contender(_ engine: Engine, _ sequence: EventSequence) -> any Contender {
    switch (self, engine) {
    case (.flat4, .baton): Flat4Table(sequence)
    case (.flat4, .written): Flat4Written(sequence)
    case (.flat4, .twin): Flat4Twin(sequence)
    case (.flat4, .traced): Flat4Table(sequence, observer: Trace())
    case (.flat4, .driver): Flat4Driver(sequence)
    case (.flat4, .invoked): Flat4Invoked(sequence)
    case (.hier3, .baton): Hier3Table(sequence)
    case (.hier3, .written): Hier3Written(sequence)
    case (.hier3, .twin): Hier3Twin(sequence)
    case (.hier3, .traced): Hier3Table(sequence, observer: Trace())
    case (.hier3, .driver): Hier3Driver(sequence)
    case (.hier3, .invoked): Hier3Invoked(sequence)
    case (.regions2, .baton): Regions2Table(sequence)
    case (.regions2, .written): Regions2Written(sequence)
    case (.regions2, .twin): Regions2Twin(sequence)
    case (.regions2, .traced): Regions2Table(sequence, observer: Trace())
    case (.regions2, .driver): Regions2Driver(sequence)
    case (.regions2, .invoked): Regions2Invoked(sequence)
    }
  }
}

/// In which order the events come.
enum EventSequence: String, CaseIterable {
  /// The same four events over and over: every branch is foreseen.
  case cyclic
  /// Kinds and weights at random from a fixed seed: as in life, few branches are.
  case random

  /// Long enough that a branch predictor does not learn the random one by heart.
  static let count = 65_536

  /// Kind and weight of each event; a quarter of the weights is heavy, a half is odd.
  var items: [(kind: Int, weight: UInt32)] {
    switch self {
    case .cyclic: return (0..<Self.count).map { ($0 % 4, UInt32(2 * ($0 % 4))) }
    case .random:
      var seed: UInt64 = 0x9E37_79B9_7F4A_7C15
      return (0..<Self.count).map { _ in
        // Xorshift64: no library's generator, so that the sequence is the same everywhere.
        seed ^= seed << 13
        seed ^= seed >> 7
        seed ^= seed << 17
        return (Int(seed >> 60) % 4, UInt32(seed >> 32) % 256)
      }
    }
  }
}
