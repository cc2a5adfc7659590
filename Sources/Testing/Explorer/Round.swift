/// What several threads find at a time: batches of states that lie one behind the other.
///
/// Of each fresh step, by its place behind those of all batches before it, a round knows which one
/// met its state first, and the number that this state has got.
@safe public final class Round<State>: @unchecked Sendable {
  // Between two waits for all threads each element is written by one of them, and read by none
  // but that one or no longer written.
  @usableFromInline let trays: [Tray<State>]
  /// So many trays are settled: one in which there are too many steps is the last.
  @safe @exclusivity(unchecked) @usableFromInline var taken = 0
  /// Where the fresh steps of each batch begin; one more for the end.
  @safe @exclusivity(unchecked) @usableFromInline var bases: [Int] = [0]
  @exclusivity(unchecked) @usableFromInline var firsts: UnsafeMutablePointer<UInt32>
  @exclusivity(unchecked) @usableFromInline var numbers: UnsafeMutablePointer<UInt32>
  /// How many new states a batch has in each shard.
  @usableFromInline let counts: UnsafeMutablePointer<UInt32>
  @safe private var room = 0

  /// Parts of all hashes, by their highest bits.
  @inlinable static var shards: Int { 64 }
  @inlinable static var shardShift: Int { 63 - 6 }

  @usableFromInline init(_ trays: Int) {
    self.trays = (0..<trays).map { _ in Tray() }
    // Safe: freed in `deinit`; each is written before it is read.
    unsafe firsts = .allocate(capacity: 1)
    unsafe numbers = .allocate(capacity: 1)
    unsafe counts = .allocate(capacity: trays * Self.shards)
  }

  deinit {
    // Safe: allocated in `init` or `close`, trivial elements.
    unsafe firsts.deallocate()
    unsafe numbers.deallocate()
    unsafe counts.deallocate()
  }

  /// What the batches found, to be read while they are written to.
  @usableFromInline struct Found {
    @usableFromInline let bases: [Int]
    @usableFromInline let fresh: [[Batch<State>.Fresh]]
    @usableFromInline let shards: [[[(place: UInt32, hash: Int)]]]

    @usableFromInline init(_ bases: [Int], _ batches: [Batch<State>]) {
      self.bases = bases
      fresh = batches.map { $0.fresh }
      shards = batches.map { $0.shards }
    }
  }

  @usableFromInline var found: Found { Found(bases, trays.prefix(taken).map { $0.batch }) }

  /// Fewer fresh steps are numbered sooner than other threads are woken for it.
  @inlinable static var least: Int { 2_048 }

  /// How many fresh steps there are in the batches that are settled.
  @usableFromInline var count: Int { bases[taken] }

  /// Looks how far the batches go that were made of these parts.
  @usableFromInline func close(_ parts: [Range<Int>]) {
    bases = [0]
    taken = 0
    while taken < parts.count {  // Ends with the last part, or at one that was not all walked.
      let batch = trays[taken].batch
      bases.append(bases[taken] + batch.fresh.count)
      taken += 1
      if batch.ends.count < parts[taken - 1].count { break }
    }
    guard count > room else { return }
    room = count * 2
    // Safe: nobody reads what the last round left.
    unsafe firsts.deallocate()
    unsafe numbers.deallocate()
    unsafe firsts = .allocate(capacity: room)
    unsafe numbers = .allocate(capacity: room)
  }
}

extension Batch {
  /// Deals the fresh steps to their shards.
  @inlinable mutating func deal() {
    if shards.isEmpty { shards = Array(repeating: [], count: Round<State>.shards) }
    for shard in shards.indices { shards[shard].removeAll(keepingCapacity: true) }
    for (place, fresh) in fresh.enumerated() {
      shards[fresh.hash &>> Round<State>.shardShift].append((UInt32(place), fresh.hash))
    }
  }

  /// Says the numbers of the steps to states that the batch had met.
  @inlinable mutating func resolve() {
    for step in again {
      let number = places[Int(fresh[Int(step.first)].step)]
      places[Int(step.step)] = number
      digest &+= Self.share(Int(step.from), step.action, number)
    }
  }

  /// Counts the properties that are asked in a new state.
  @inlinable mutating func count(_ verdict: Verdict) {
    var bits = verdict.asked
    while bits != 0 {
      asked[bits.trailingZeroBitCount] += 1
      bits &= bits - 1
    }
  }
}
