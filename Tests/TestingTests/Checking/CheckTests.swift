import Foundation
import Synchronization
import Testing

@testable import BatonTesting

/// A stack of small numbers with a mistake: it loses the fourth when it is full of equal ones.
struct Stack: StateTest {
  struct IsEmpty: Error {}

  private var numbers: [Int] = []
  private var expected: [Int] = []

  init(_ choices: Choices) {}

  static var commands: [Command<Self>] {
    [
      Command("push") { world, choices in
        let number = choices.int(0...9, "number")
        world.expected.append(number)
        if world.numbers != [7, 7, 7] { world.numbers.append(number) }
        choices.sometimes("three", world.numbers.count == 3)
      },
      Command("pop") { world, _ in
        world.numbers.removeLast()
        world.expected.removeLast()
      }.when { !$0.numbers.isEmpty },
      .refused("pop of nothing") { world, _ in
        if world.numbers.isEmpty { throw IsEmpty() }
      }.when { $0.numbers.isEmpty },
    ]
  }
  static var invariants: [Invariant<Self>] {
    [Invariant("nothing is lost") { $0.numbers == $0.expected }]
  }
  static var marks: [String] { ["three"] }
  var text: String { "\(numbers)" }
}

/// Takes a fault, and needs healing; with another mistake, it never gets it.
struct Patient: StateTest {
  private(set) var fever = 0
  static let cures = Mutex(true)

  init(_ choices: Choices) {}

  static var commands: [Command<Self>] { [Command("wait") { _, _ in }] }
  static var faults: [Fault<Self>] {
    [Fault("infection", budget: 2) { world, choices in world.fever += choices.int(1...3, "fever") }]
  }
  static var goal: Invariant<Self>? { Invariant("healthy in the end") { $0.fever == 0 } }
  mutating func heal(_ choices: Choices) -> Bool {
    guard fever > 0, Self.cures.withLock({ $0 }) else { return false }
    fever -= 1
    return true
  }
  var text: String { "fever \(fever)" }
}

/// Does something else each time.
struct Moody: StateTest {
  static let count = Mutex(0)
  private var mood = 0
  init(_ choices: Choices) {}
  static var commands: [Command<Self>] {
    [
      Command("ask") { world, _ in
        world.mood = count.withLock {
          $0 += 1
          return $0
        }
      }
    ]
  }
  var text: String { "\(mood)" }
}

/// Fails once in the process, whatever is chosen.
struct Once: StateTest {
  static let asked = Mutex(0)
  private var isWell = true
  init(_ choices: Choices) {}
  static var commands: [Command<Self>] {
    [
      Command("ask") { world, _ in
        world.isWell = asked.withLock {
          $0 += 1
          return $0 != 100
        }
      }
    ]
  }
  static var invariants: [Invariant<Self>] { [Invariant("well") { $0.isWell }] }
  var text: String { "" }
}

@Suite(.timeLimit(.minutes(10))) struct CheckTests {
  @Test func `a failure is shrunk to the least case`() throws {
    let failure = try #require(throws: CheckFailure.self) {
      try check(Stack.self, cases: 100_000, options: .quiet)
    }
    #expect(failure.name == "nothing is lost")
    #expect(
      failure.trace == [
        "begin: []", "push: [7]", "push: [7, 7]", "push: [7, 7, 7]", "push: [7, 7, 7]",
      ])
    let lines = failure.description.split(separator: "\n")
    #expect(lines.count <= 40)
    #expect(lines.last?.hasPrefix("again: STATE_REPLAY=Stack:") == true)
  }

  @Test func `a list is replayed the same a thousand times`() throws {
    let failure = try #require(throws: CheckFailure.self) {
      try check(Stack.self, cases: 100_000, options: .quiet)
    }
    for _ in 0..<1_000 {
      let again = Case<Stack>(Choices(replaying: failure.list), steps: 60)
      #expect(again.hash == failure.hash && again.failure?.name == failure.name)
    }
  }

  @Test func `failures are kept, run first, and said to be healed`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var options = CheckOptions.quiet
    options.store = folder
    let first = try #require(throws: CheckFailure.self) {
      try check(Stack.self, cases: 100_000, options: options)
    }
    let stored = try #require(throws: CheckFailure.self) {
      try check(Stack.self, cases: 0, options: options)
    }
    #expect(stored.list == first.list)
    let store = FailureStore(folder, test: "Patient")
    store.keep(first)
    let report = try check(Patient.self, cases: 10, options: options)
    #expect(report.healed.count == 1)
  }

  @Test func `faults come, are healed, and the goal is asked`() throws {
    Patient.cures.withLock { $0 = true }
    let report = try check(Patient.self, cases: 200, options: .quiet)
    #expect((report.counts["infection"] ?? 0) > 20)
    #expect(report.repeated == 4)
    Patient.cures.withLock { $0 = false }
    let failure = try #require(throws: CheckFailure.self) {
      try check(Patient.self, cases: 200, options: .quiet)
    }
    #expect(failure.name == "healthy in the end")
    #expect(failure.trace == ["begin: fever 0", "✗ infection: fever 1"])
    Patient.cures.withLock { $0 = true }
  }

  @Test func `a test that is not deterministic is told so`() throws {
    let failure = try #require(throws: CheckFailure.self) {
      try check(Moody.self, cases: 200, options: .quiet)
    }
    #expect(failure.name == "test is not deterministic")
  }

  @Test func `a failure that does not come again is not told as one that does`() throws {
    let failure = try #require(throws: CheckFailure.self) {
      try check(Once.self, cases: 200, options: .quiet)
    }
    #expect(failure.name == "test is not deterministic")
    #expect(failure.detail.hasPrefix("well failed once"))
    #expect(failure.detail.hasSuffix("the same choices again: nothing fails"))
  }

  @Test func `a mark that is never hit fails`() throws {
    var options = CheckOptions.quiet
    options.steps = 2
    let failure = try #require(throws: CheckFailure.self) {
      try check(Stack.self, cases: 5, options: options)
    }
    #expect(failure.name == "sometimes: three")
  }

  @Test func `an odometer counts through all lists`() {
    var seen: [[Int]] = []
    let count = Choices.exhaust { choices in
      let first = choices.int(0...2, "first")
      seen.append(first == 1 ? [first, choices.int(5...6, "second")] : [first])
    }
    #expect(count == 4)
    #expect(seen == [[0], [1, 5], [1, 6], [2]])
  }

  @Test func `bytes of a fuzzer are choices`() {
    let choices = Choices(bytes: [7, 1, 2, 3, 4])
    #expect(choices.below(5, "small") == 2)
    #expect(choices.below(1 << 30, "large") == 0x0102_0304 % (1 << 30))
    #expect(choices.below(5, "over") == 0)
  }

  @Test(
    arguments: [
      ("", []), ("1.2.3", [1, 2, 3]), ("0", [0]),
    ] as [(String, [UInt32])])
  func `a list is text and back`(text: String, list: [UInt32]) {
    #expect(CheckFailure.text(of: list) == text)
    #expect(CheckFailure.list(of: text) == list)
    #expect(CheckFailure.list(of: text + ".x") == nil)
  }
}
