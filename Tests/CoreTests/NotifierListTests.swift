import BatonCore
import Testing

/// Keeps what it was told, in a book that several share.
private final class Listener: MigrationNotified {
  let name: String
  let book: Book
  var veto: Refusal?
  var react: () -> Void = {}

  final class Book {
    var lines: [String] = []
  }

  init(_ name: String, _ book: Book) {
    self.name = name
    self.book = book
  }

  func migration(_ event: MigrationEvent) throws(Refusal) {
    book.lines.append("\(name) \(event)")
    react()
    if let veto { throw veto }
  }
}

private final class Records: Observer {
  var all: [TransitionRecord] = []
  func observed(_ record: TransitionRecord) { all.append(record) }
}

@Suite(.timeLimit(.minutes(15))) struct NotifierListTests {
  private let book = Listener.Book()

  @Test func `higher priority comes first, then the order of registration`() throws {
    let list = NotifierList()
    for (name, priority) in [("a", 0), ("b", 5), ("c", 0), ("d", -1), ("e", 5)] {
      list.add(Listener(name, book), priority: Int8(priority))
    }
    try list.notify(.precopyDone, at: 1)
    #expect(book.lines.map { $0.prefix(1) } == ["b", "e", "a", "c", "d"])
  }

  /// Somebody who needs time, and who waits for that.
  private final class Slow: MigrationNotified {
    var isPreparing = true
    func migration(_ event: MigrationEvent) throws(Refusal) {}
  }

  private final class Waiter: PreparationWaiter {
    var heard: [Refusal?] = []
    func prepared(_ refusal: Refusal?) { heard.append(refusal) }
  }

  @Test func `who needs time is awaited, and each has one answer`() throws {
    let (list, waiter) = (NotifierList(), Waiter())
    list.waiter = waiter
    defer { list.waiter = nil }
    let tokens = [list.add(Slow()), list.add(Slow()), list.add(Slow())]
    list.add(Listener("ready", book))
    try list.notify(.preIncoming, at: 1)
    #expect(list.isPreparing)
    list.prepared(tokens[0])
    list.prepared(tokens[0])
    // Who has gone is not awaited.
    list.remove(tokens[1])
    #expect(waiter.heard.isEmpty && list.isPreparing)
    list.prepared(tokens[2])
    #expect(waiter.heard == [nil] && !list.isPreparing)
    // A veto is the last word, and what follows the beginning ends the waiting.
    try list.notify(.preIncoming, at: 2)
    list.prepared(tokens[0], vetoing: Refusal(.vetoed))
    list.prepared(tokens[2])
    #expect(waiter.heard == [nil, Refusal(.vetoed)])
    try list.notify(.preIncoming, at: 3)
    // A guest of somebody else's leaves meanwhile.
    for event in [MigrationEvent.precopySetup, .precopyFailed] { try list.notify(event, at: 3) }
    #expect(list.isPreparing)
    try list.notify(.incomingFailed, at: 4)
    list.prepared(tokens[0])
    #expect(waiter.heard.count == 2 && !list.isPreparing)
  }

  @Test func `who is removed while notifying is not told any more`() throws {
    let list = NotifierList()
    let first = Listener("a", book)
    list.add(first)
    let token = list.add(Listener("b", book))
    list.add(Listener("c", book))
    first.react = { list.remove(token) }
    defer { first.react = {} }
    try list.notify(.precopyDone, at: 1)
    #expect(book.lines == ["a precopyDone", "c precopyDone"])
  }

  @Test func `who removes itself, and who is added meanwhile, do no harm`() throws {
    let list = NotifierList()
    let first = Listener("a", book)
    let token = list.add(first)
    let late = Listener("late", book)
    first.react = {
      list.remove(token)
      list.add(late)
    }
    defer { first.react = {} }
    list.add(Listener("b", book))
    try list.notify(.precopyFailed, at: 1)
    #expect(book.lines == ["a precopyFailed", "b precopyFailed"])
    try list.notify(.precopyFailed, at: 2)
    #expect(book.lines.suffix(2) == ["b precopyFailed", "late precopyFailed"])
  }

  @Test(arguments: MigrationEvent.allCases)
  func `only pre-incoming and precopy setup may be vetoed`(event: MigrationEvent) throws {
    let list = NotifierList()
    let first = Listener("a", book)
    first.veto = Refusal(.vetoed)
    list.add(first)
    list.add(Listener("b", book))
    let isVeto = event == .preIncoming || event == .precopySetup
    #expect(event.mayBeVetoed == isVeto)
    var thrown: Refusal?
    do { try list.notify(event, at: 1) } catch { thrown = error }
    #expect(thrown == (isVeto ? Refusal(.vetoed) : nil))
    #expect(book.lines.count == (isVeto ? 1 : 2))
  }

  @Test func `every notification is a transition record`() throws {
    let records = Records()
    let list = NotifierList(machine: 9, observer: records)
    let first = Listener("a", book)
    first.veto = Refusal(.vetoed)
    list.add(Listener("b", book))
    list.add(first)
    try? list.notify(.preIncoming, at: 42)
    #expect(records.all.map(\.machine) == [9, 9, 9])
    #expect(records.all.map(\.time) == [42, 42, 42])
    #expect(records.all.map(\.outcome) == [.taken, .refused, .taken])
    let events: [MigrationEvent] = [.preIncoming, .preIncoming, .incomingFailed]
    #expect(records.all.map(\.trigger) == events.map { UInt16($0.rawValue) })
  }

  @Test func `who was told of a migration that is vetoed is told that it does not come`() throws {
    let list = NotifierList()
    let last = Listener("c", book)
    last.veto = Refusal(.vetoed)
    list.add(Listener("a", book))
    list.add(Listener("b", book))
    list.add(last)
    try? list.notify(.preIncoming, at: 1)
    #expect(
      book.lines == [
        "a preIncoming", "b preIncoming", "c preIncoming", "b incomingFailed", "a incomingFailed",
      ])
  }
}
