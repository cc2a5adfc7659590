import BatonCore
import Foundation

// The code of Sources/Core/BatonCore.docc/WriteAChart.md, "Keep a machine in a file".

enum Ticket: Chart {
  enum State: UInt8, Symbol { case open, queued, closed }
  enum Event: UInt8, Symbol, Message, Codable { case assign, close }
  enum Delay: UInt8, Symbol { case patience }
  struct Memory: Hashable, Codable { var owner = "" }

  static let name: StaticString = "Ticket"
  static var definition: Definition<Self> {
    chart(initial: .open) {
      state(.open) { on(.assign, to: .queued) }
      state(.queued) {
        on(.close, to: .closed)
        after(.patience, to: .open)
      }
      final(.closed)
    }
  }

  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 60_000_000_000 }
}

/// In version 1 `queued` was called `waiting`, and its delay `hurry`.
let ticketVersions = VersionMap(
  current: 2,
  steps: [.init(from: 1, states: ["waiting": "queued"], delays: ["hurry": "patience"])])

func save(_ ticket: borrowing Machine<Ticket>, at now: UInt64) throws -> Data {
  try JSONEncoder().encode(ticket.named(version: ticketVersions.current, at: now))
}

func restored(_ file: Data, _ table: Table<Ticket>, at now: UInt64) throws -> Machine<Ticket> {
  let state = try JSONDecoder().decode(NamedState<Ticket>.self, from: file)
  var ticket = Machine(table, memory: state.memory)
  try ticket.restore(state, through: ticketVersions, at: now, timers: .remaining)
  return ticket
}
