/// Who is to be called at the end of each round, in the order of registration.
///
/// A watcher may add and remove any entry while it is called: one that is added is first called
/// after the next round, one that is removed is not called again.
final class RoundList {
  private struct Entry {
    let number: UInt
    let watch: Int
    // Nil when it was removed while the list was being called.
    // Safe: a watcher removes its entry before it goes.
    unowned(unsafe) var watcher: (any Watcher)?
  }

  // One modulo four: no timer, no cell of libevent and no other entry has such a number.
  private var nextNumber: UInt = 1
  private var entries: [Entry] = []
  private var isCalling = false

  var isEmpty: Bool { entries.isEmpty }

  func add(watcher: any Watcher, watch: Int) -> Registration {
    defer { nextNumber += 4 }
    entries.append(Entry(number: nextNumber, watch: watch, watcher: watcher))
    return Registration(rawValue: nextNumber)
  }

  /// Removes an entry.
  func remove(_ registration: Registration) {
    for index in entries.indices where entries[index].number == registration.rawValue {
      if isCalling {
        // Safe: nothing is read, the reference is let go.
        unsafe entries[index].watcher = nil
      } else {
        entries.remove(at: index)
      }
      return
    }
  }

  func end() {
    isCalling = true
    for index in 0..<entries.count {
      let watch = entries[index].watch
      // Safe: a watcher removes its entry before it goes; the copy keeps it for the call.
      guard let watcher = unsafe entries[index].watcher else { continue }
      watcher.ready(.roundEnd, watch: watch)
    }
    isCalling = false
    entries.removeAll { unsafe $0.watcher == nil }
  }
}
