/// The timers of a loop: who is to be called when, in the order of the deadlines.
///
/// Timers with one deadline come in the order of arming. A loop has tens of timers, not thousands,
/// so the next one is searched for; arming and firing allocate nothing.
final class TimerList {
  private struct Entry {
    let number: UInt
    let watch: Int
    // Safe: a watcher removes its timer before it goes.
    unowned(unsafe) let watcher: any Watcher
    var deadline: UInt64 = 0
    // Zero while it is not armed.
    var order: UInt64 = 0
  }

  /// A timer that is due; whoever holds this keeps its watcher alive.
  struct Due {
    let watcher: any Watcher
    let watch: Int
  }

  // Three modulo four: no round, no cell of libevent and no other entry has such a number.
  private var nextNumber: UInt = 3
  private var entries: [Entry] = []

  /// How often a timer was armed so far.
  private(set) var armingCount: UInt64 = 0

  /// The earliest deadline; nil when no timer is armed.
  var nextDeadline: UInt64? {
    next().map { entries[$0].deadline }
  }

  func add(watcher: any Watcher, watch: Int) -> Registration {
    defer { nextNumber += 4 }
    entries.append(Entry(number: nextNumber, watch: watch, watcher: watcher))
    return Registration(rawValue: nextNumber)
  }

  /// Removes a timer; false when there is none of this number.
  func remove(_ registration: Registration) -> Bool {
    guard let index = entries.firstIndex(where: { $0.number == registration.rawValue }) else {
      return false
    }
    entries.remove(at: index)
    return true
  }

  func arm(_ registration: Registration, at deadline: UInt64) {
    let index = index(of: registration)
    armingCount += 1
    entries[index].deadline = deadline
    entries[index].order = armingCount
  }

  func disarm(_ registration: Registration) {
    entries[index(of: registration)].order = 0
  }

  /// Disarms the first timer that is due at `moment` and was among the first `count` to be armed;
  /// nil when there is none.
  ///
  /// The count keeps a round finite when a timer arms itself for a time that is past.
  func takeDue(at moment: UInt64, armedUpTo count: UInt64) -> Due? {
    guard let index = next(armedUpTo: count), entries[index].deadline <= moment else { return nil }
    entries[index].order = 0
    // Safe: a watcher removes its timer before it goes, and is held from here on.
    return unsafe Due(watcher: entries[index].watcher, watch: entries[index].watch)
  }

  private func next(armedUpTo count: UInt64 = .max) -> Int? {
    var found: Int?
    for index in entries.indices where entries[index].order != 0 {
      let entry = entries[index]
      if entry.order > count { continue }
      guard let best = found else {
        found = index
        continue
      }
      if (entry.deadline, entry.order) < (entries[best].deadline, entries[best].order) {
        found = index
      }
    }
    return found
  }

  private func index(of registration: Registration) -> Int {
    guard let index = entries.firstIndex(where: { $0.number == registration.rawValue }) else {
      preconditionFailure("a timer that was removed was used")
    }
    return index
  }
}
