import Foundation

/// The batches of a walk on their way: several threads look what comes of their states, and each
/// settles its own ones, in the order of the states, while the others look at theirs.
@safe @usableFromInline final class Pipeline<State>: @unchecked Sendable {
  /// States that lie one behind the other, and the tray of what comes of them.
  @usableFromInline struct Part: Sendable {
    /// Trays belong to a thread, since what is in one is near its processor.
    let worker: Int
    @usableFromInline let tray: Int
    /// Which part it is: they are settled in this order.
    let turn: Int
    @usableFromInline var states: Range<Int>
  }

  /// What a thread does next.
  @usableFromInline enum Work: Sendable {
    case look(Part)
    case settle(Part)
  }

  // A tray belongs to the thread that has its part.
  @usableFromInline let trays: [Tray<State>]

  // The lock guards all that follows.
  private let lock = NSCondition()
  private var waiting = 0
  /// The first state that is given to nobody yet.
  private var first: Int
  /// Where the layer ends that is settled now; no part goes on behind it.
  private var layerEnd: Int
  /// How many states have a number.
  private var known: Int
  /// The trays of each thread that are free: the one that was used last comes first.
  private var free: [[Int]]
  /// What is on its way: the parts by their turns; nil for one that is not looked at yet.
  private var looked: [Part?]
  /// How many parts were given, and how many of them are settled.
  private var (given, settled) = (0, 0)
  /// So many states are one part; fewer where steps are many.
  private var width: Int
  /// So many where nothing is settled until all threads are done.
  private var roundWidth = Int.max
  private var isHalted = false
  private let isShared: Bool

  /// A pipeline in which nothing is.
  ///
  /// - Parameters:
  ///   - layer: The states in which a walk begins.
  ///   - isShared: Whether a part may be settled while others are looked at.
  @usableFromInline init(_ workers: Int, layer: Range<Int>, isShared: Bool) {
    let own = isShared ? 8 : 4
    trays = (0..<workers * own).map { _ in Tray() }
    free = (0..<workers).map { Array($0 * own..<($0 + 1) * own) }
    looked = Array(repeating: nil, count: trays.count)
    width = Batch<State>.width * (isShared ? 1 : 4)
    (first, layerEnd, known) = (layer.lowerBound, layer.upperBound, layer.upperBound)
    self.isShared = isShared
  }

  /// Fewer states are left to the threads that are awake.
  private static var least: Int { 64 }

  /// The states that can be looked at.
  private var left: Range<Int> { first..<(first < layerEnd ? layerEnd : known) }

  private func locked<Result>(_ body: () -> Result) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return body()
  }

  /// Goes on after a halt.
  ///
  /// - Returns: How many threads have something to do: none when all is settled.
  @usableFromInline func resume() -> Int {
    locked {
      isHalted = false
      guard !isShared else { return left.isEmpty && settled == given ? 0 : free.count }
      roundWidth = max(left.count / trays.count, Self.least)
      // A thin layer is walked sooner than other threads are woken for it.
      return min(free.count, (left.count + Self.least - 1) / Self.least)
    }
  }

  /// Gives no more work, until it goes on.
  @usableFromInline func halt() {
    locked {
      isHalted = true
      lock.broadcast()
    }
  }

  /// What a thread does next; nil when there is nothing more, or one alone has to go on.
  @usableFromInline func next(_ worker: Int) -> Work? {
    locked {
      while !isHalted {  // Ends with the walk: whose part's turn it is looks at it or settles it.
        if isShared, let part = due, part.worker == worker { return .settle(part) }
        if let part = part(for: worker) { return .look(part) }
        if settled == given, left.isEmpty { return nil }
        guard isShared else { return nil }
        waiting += 1
        lock.wait()
        waiting -= 1
      }
      return nil
    }
  }

  /// The part whose turn it is, when it was looked at, for one who is alone.
  @usableFromInline func nextAlone() -> Part? { locked { due } }

  private var due: Part? { settled < given ? looked[settled % trays.count] : nil }

  /// The next states, unless they are too few to keep another thread busy.
  private func part(for worker: Int) -> Part? {
    guard left.count >= (settled < given && isShared ? Self.least : 1),
      let owner = isShared ? worker : free.firstIndex(where: { !$0.isEmpty }),
      let tray = free[owner].popLast()
    else { return nil }
    // Smaller ones at a layer's end, so that no thread is without.
    let share = isShared ? max(left.count / (free.count * 2), Self.least) : roundWidth
    let states = left.prefix(min(width, share))
    first = states.upperBound
    given += 1
    return Part(worker: owner, tray: tray, turn: given - 1, states: states)
  }

  /// Says that a part was looked at.
  @usableFromInline func hand(_ part: Part) { locked { looked[part.turn % trays.count] = part } }

  /// Says that a part was settled up to a state.
  ///
  /// - Parameters:
  ///   - layerEnd: Where the layer ends that is settled now.
  ///   - known: How many states have a number.
  /// - Returns: What is left of the part, which has to be looked at.
  @usableFromInline func settle(_ part: Part, to end: Int, layerEnd: Int, known: Int) -> Part? {
    locked {
      looked[part.turn % trays.count] = nil
      (self.layerEnd, self.known) = (layerEnd, known)
      guard end == part.states.upperBound else {
        width = max(1, min(width, end - part.states.lowerBound))
        var rest = part
        rest.states = end..<part.states.upperBound
        return rest
      }
      settled += 1
      // It was narrowed for a state of very many steps, which is behind it.
      width = min(Batch<State>.width * (isShared ? 1 : 4), width * 2)
      free[part.worker].append(part.tray)
      if waiting > 0, due != nil || left.count >= Self.least * 4 || settled == given {
        lock.broadcast()
      }
      return nil
    }
  }

  /// How many steps to states that were not met were found in the parts that are not settled.
  @usableFromInline var freshCount: Int {
    locked { looked.reduce(0) { $0 + ($1.map { trays[$0.tray].batch.fresh.count } ?? 0) } }
  }
}

/// What one thread at a time knows of a walk.
@safe @usableFromInline final class Course: @unchecked Sendable {
  // Of all threads only the one has it that settles a part.
  @safe @exclusivity(unchecked) @usableFromInline var walk: Walk
  @safe @exclusivity(unchecked) @usableFromInline var failure: ExplorationError?
  /// Where the layer ends that is settled.
  @safe @exclusivity(unchecked) @usableFromInline var layerEnd: Int

  @usableFromInline init(_ walk: Walk, layerEnd: Int) {
    self.walk = walk
    self.layerEnd = layerEnd
  }

  @usableFromInline var isOver: Bool { walk.isOver || failure != nil }

  /// Begins with the next layer, when the last one is settled.
  @usableFromInline func reach(_ state: Int, known: Int) {
    guard state == layerEnd, known > layerEnd else { return }
    layerEnd = known
    walk.depth += 1
  }
}
