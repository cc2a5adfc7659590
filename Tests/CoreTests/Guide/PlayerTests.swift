import BatonCore
import Testing

/// What the list of words says of the example.
@Suite(.timeLimit(.minutes(15))) struct PlayerTests {
  @Test func `every word does what the list says`() throws {
    var machine = Machine(try Table(Player.self), memory: .init())
    var outbox = Outbox<Player>()
    func active() -> [String] { machine.configuration.map { $0.name } }
    try machine.start(at: 0, into: &outbox)
    // Refused, ignored, deferred; then a default entry, after which the deferred event comes.
    #expect(try machine.send(.kick, at: 0, into: &outbox) == .refused)
    #expect(try machine.send(.touch, at: 0, into: &outbox) == .ignored)
    #expect(try machine.send(.play, at: 0, into: &outbox) == .deferred)
    try machine.send(.start, at: 0, into: &outbox)
    #expect(active() == ["on", "tape", "playing", "light", "dark"])
    try machine.send(.touch, at: 0, into: &outbox)
    try machine.send(.stop, at: 0, into: &outbox)
    // What was active comes back, in both regions at once.
    try machine.send(.wake, at: 0, into: &outbox)
    #expect(active() == ["on", "tape", "playing", "light", "bright"])
    // Both regions come to their ends, and so does the state around them.
    try machine.send(.kick, at: 0, into: &outbox)
    #expect(active() == ["on", "tape", "playing", "light", "burnt"])
    #expect(try machine.fire(at: 60_000_000_000, into: &outbox))
    #expect(active() == ["off"])
  }
}
