/// The timers of a loop: who is to be called when, in the order of the deadlines.
///
/// Timers with one deadline come in the order of arming. Those that are armed form a binary heap,
/// since a process with a thousand ports has thousands; arming and firing allocate nothing.
final class TimerList {
  private struct Entry {
    let watch: Int
    // Nil once it was removed.
    // Safe: a watcher removes its timer before it goes.
    unowned(unsafe) var watcher: (any Watcher)?
    var deadline: UInt64 = 0
    var order: UInt64 = 0
    // Its place in the heap; nil while it is not armed.
    var place: Int?
  }

  /// A timer that is due; whoever holds this keeps its watcher alive.
  struct Due {
    let watcher: any Watcher
    let watch: Int
  }

  private var entries: [Entry] = []
  private var freeNumbers: [Int] = []
  // Numbers of armed entries; each is due no later than the two below it.
  private var heap: [Int] = []
  // Those that a search has set aside.
  private var aside: [Int] = []

  /// How often a timer was armed so far.
  private(set) var armingCount: UInt64 = 0

  /// The earliest deadline; nil when no timer is armed.
  var nextDeadline: UInt64? {
    heap.first.map { entries[$0].deadline }
  }

  func add(watcher: any Watcher, watch: Int) -> Registration {
    let entry = Entry(watch: watch, watcher: watcher)
    guard let number = freeNumbers.popLast() else {
      entries.append(entry)
      return registration(of: entries.count - 1)
    }
    entries[number] = entry
    return registration(of: number)
  }

  func remove(_ registration: Registration) {
    let number = number(of: registration)
    takeOut(number)
    // Safe: nothing is read, the reference is let go.
    unsafe entries[number].watcher = nil
    freeNumbers.append(number)
  }

  func arm(_ registration: Registration, at deadline: UInt64) {
    let number = number(of: registration)
    takeOut(number)
    armingCount += 1
    entries[number].deadline = deadline
    entries[number].order = armingCount
    putIn(number)
  }

  func disarm(_ registration: Registration) { takeOut(number(of: registration)) }

  /// Disarms the first timer that is due at `moment` and was among the first `count` to be armed;
  /// nil when there is none.
  ///
  /// The count keeps a round finite when a timer arms itself for a time that is past.
  func takeDue(at moment: UInt64, armedUpTo count: UInt64) -> Due? {
    defer {
      while let number = aside.popLast() { putIn(number) }
    }
    while let number = heap.first, entries[number].deadline <= moment {
      takeOut(number)
      guard entries[number].order <= count else {
        aside.append(number)
        continue
      }
      // Safe: a watcher removes its timer before it goes, and is held from here on.
      guard let watcher = unsafe entries[number].watcher else { continue }
      return Due(watcher: watcher, watch: entries[number].watch)
    }
    return nil
  }

  // MARK: Numbers

  // Three modulo four: no round, no cell of libevent and no group has such a number.
  private func registration(of number: Int) -> Registration {
    Registration(rawValue: UInt(number) << 2 | 3)
  }

  private func number(of registration: Registration) -> Int {
    let number = Int(registration.rawValue >> 2)
    // Safe: only compared.
    guard number < entries.count, unsafe entries[number].watcher != nil else {
      preconditionFailure("a timer that was removed was used")
    }
    return number
  }

  // MARK: The heap

  private func comes(_ number: Int, before other: Int) -> Bool {
    let (one, two) = (entries[number], entries[other])
    return (one.deadline, one.order) < (two.deadline, two.order)
  }

  private func put(_ number: Int, at place: Int) {
    heap[place] = number
    entries[number].place = place
  }

  private func putIn(_ number: Int) {
    heap.append(number)
    rise(number, from: heap.count - 1)
  }

  private func takeOut(_ number: Int) {
    guard let place = entries[number].place, let last = heap.popLast() else { return }
    entries[number].place = nil
    guard last != number else { return }
    rise(last, from: place)
    if let place = entries[last].place { sink(last, from: place) }
  }

  private func rise(_ number: Int, from place: Int) {
    var place = place
    while place > 0, comes(number, before: heap[(place - 1) / 2]) {
      put(heap[(place - 1) / 2], at: place)
      place = (place - 1) / 2
    }
    put(number, at: place)
  }

  private func sink(_ number: Int, from place: Int) {
    var place = place
    while 2 * place + 1 < heap.count {
      var child = 2 * place + 1
      if child + 1 < heap.count, comes(heap[child + 1], before: heap[child]) { child += 1 }
      guard comes(heap[child], before: number) else { break }
      put(heap[child], at: place)
      place = child
    }
    put(number, at: place)
  }
}
