/// Several threads number the states of a round as one would: each looks which states of a shard
/// are new, and enters those of a shard in its part of the table. To write the new ones down, one
/// behind the other, takes one thread less time than to wake others for it.
extension StateStore {
  /// Numbers what was found in a round.
  @inlinable public func settle(_ round: Round<State>, workers: Int) -> Bool {
    guard round.count >= Round<State>.least else { return false }
    number(round, workers: workers)
    return true
  }

  @inlinable func number(_ round: Round<State>, workers: Int) {
    // What nobody changes until all are numbered.
    let found = Lent((store: self, round: round.found))
    Self.share(Round<State>.shards, workers) { tickets in
      Self.compare(tickets, found.value.round, round)
    }
    let begins = begins(round)
    let more = begins[round.taken] - count
    makeRoom(for: more, workers: workers)
    while blockCount <= Self.place(count + more).block { grow() }
    for batch in 0..<round.taken { number(batch, found.value.round, round, begins[batch]) }
    let late = Late()
    Self.share(Round<State>.shards + round.taken, workers) { tickets in
      while let ticket = tickets.next() {  // Ends: each ticket is given once.
        if ticket < Round<State>.shards {
          found.value.store.enter(shard: ticket, found.value.round, round, late)
        } else {
          Self.count(ticket - Round<State>.shards, round)
        }
      }
    }
    for (number, hash) in late.all { enter(number, hash) }
    stored += more
  }

  @inlinable static func share(
    _ count: Int, _ workers: Int, _ body: @Sendable (Tickets) -> Void
  ) {
    let tickets = Tickets(count)
    concurrently(workers) { _ in body(tickets) }
  }

  /// Looks which fresh steps are the first to their states, a shard at a time.
  @inlinable static func compare(
    _ tickets: Tickets, _ found: Round<State>.Found, _ round: Round<State>
  ) {
    var seen = Seen()
    while let shard = tickets.next() {  // Ends: each ticket is given once.
      seen.clear(for: found.shards.reduce(0) { $0 + $1[shard].count })
      for batch in found.shards.indices { compare(shard, batch, found, round, &seen) }
    }
  }

  @inlinable static func compare(
    _ shard: Int, _ batch: Int, _ found: Round<State>.Found, _ round: Round<State>,
    _ seen: inout Seen
  ) {
    var new: UInt32 = 0
    let (bases, fresh) = (found.bases, found.fresh)
    for (place, hash) in found.shards[batch][shard] {
      let own = bases[batch] + Int(place)
      let first = seen.enter(own, hash) { other in
        var home = batch
        while bases[home] > other { home -= 1 }
        return isSame(fresh[home][other - bases[home]].state, fresh[batch][Int(place)].state)
      }
      if first == own { new += 1 }
      // Safe: the place is one of the round, and this thread's.
      unsafe round.firsts[own] = UInt32(truncatingIfNeeded: first)
    }
    // Safe: a place for each shard and tray.
    unsafe round.counts[shard * round.trays.count + batch] = new
  }

  /// The first number of each batch's new states, and the one behind all.
  @inlinable func begins(_ round: Round<State>) -> [Int] {
    var begins = [count]
    for batch in 0..<round.taken {
      let new = (0..<Round<State>.shards).reduce(0) {
        // Safe: a place for each shard and tray.
        unsafe $0 + Int(round.counts[$1 * round.trays.count + batch])
      }
      begins.append(begins[batch] + new)
    }
    return begins
  }

  /// Writes the new states of a batch, from this number on.
  @inlinable func number(
    _ batch: Int, _ found: Round<State>.Found, _ round: Round<State>, _ begin: Int
  ) {
    var number = begin
    var own = found.bases[batch]
    for fresh in found.fresh[batch] {
      // Safe: places of the round; those of this batch are this thread's.
      if unsafe round.firsts[own] == UInt32(truncatingIfNeeded: own) {
        unsafe round.numbers[own] = UInt32(truncatingIfNeeded: number)
        write(fresh.state, number, from: fresh.from, by: fresh.action)
        number += 1
      }
      own += 1
    }
  }

  /// Enters the new states of a shard in its part of the table.
  @inlinable func enter(
    shard: Int, _ found: Round<State>.Found, _ round: Round<State>, _ late: Late
  ) {
    let end = slots / Round<State>.shards * (shard + 1)
    for batch in found.shards.indices {
      for (place, hash) in found.shards[batch][shard] {
        let own = found.bases[batch] + Int(place)
        // Safe: places of the round, which nobody writes now.
        guard unsafe round.firsts[own] == UInt32(truncatingIfNeeded: own) else { continue }
        let number = unsafe Int(round.numbers[own])
        if !enter(number, hash, before: end) { late.add(number, hash) }
      }
    }
  }

  /// Says the numbers of a batch's fresh steps, and counts what is asked in its new states.
  @inlinable static func count(_ place: Int, _ round: Round<State>) {
    let tray = round.trays[place]
    let base = round.bases[place]
    tray.batch.asked = Array(repeating: 0, count: 64)
    for place in tray.batch.fresh.indices {
      let fresh = tray.batch.fresh[place]
      // Safe: places of the round, which nobody writes now.
      let first = unsafe Int(round.firsts[base + place])
      let number = unsafe round.numbers[first]
      tray.batch.places[Int(fresh.step)] = number
      tray.batch.digest &+= Batch<State>.share(Int(fresh.from), fresh.action, number)
      guard first == base + place else { continue }
      tray.batch.digest &+= Batch<State>.share(number, hash: fresh.hash)
      tray.batch.count(fresh.verdict)
    }
    tray.batch.resolve()
  }
}
