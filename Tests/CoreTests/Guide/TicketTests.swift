import BatonCore
import Foundation
import Testing

/// What the article says of machines in files.
@Suite(.timeLimit(.minutes(15))) struct TicketTests {
  @Test func `a file of this version and one of the version before are read`() throws {
    let table = try Table(Ticket.self)
    var outbox = Outbox<Ticket>()
    var ticket = Machine(table, memory: .init(owner: "Ada"))
    try ticket.start(at: 0, into: &outbox)
    try ticket.send(.assign, at: 0, into: &outbox)
    let file = try save(ticket, at: 20_000_000_000)
    let text = String(decoding: file, as: UTF8.self)
    let old = text.replacing("queued", with: "waiting").replacing("patience", with: "hurry")
      .replacing("\"version\":2", with: "\"version\":1")
    #expect(old != text)
    for file in [text, old] {
      var again = try restored(Data(file.utf8), table, at: 5)
      #expect(again.state == .queued && again.memory.owner == "Ada")
      // What was left of the delay is left of it still.
      #expect(again.deadline == 40_000_000_005)
      try again.send(.close, at: 6, into: &outbox)
      #expect(again.state == .closed)
    }
    let new = text.replacing("\"version\":2", with: "\"version\":3")
    #expect(throws: NamedStateError.version(here: 2, there: 3)) {
      _ = try restored(Data(new.utf8), table, at: 0)
    }
  }
}
