import BatonCore
import Testing

/// What the article on writing a chart promises.
@Suite(.timeLimit(.minutes(15))) struct TurnstileTests {
  @Test func `nothing is wrong with the chart, and nothing is left open`() throws {
    #expect(try Table(Turnstile.self).gaps.isEmpty)
  }

  @Test func `a coin opens it until somebody goes through, or ten seconds have passed`() throws {
    let loop = VirtualLoop(kernel: Kernel())
    let table = try Table(Turnstile.self)
    let turnstile = TurnstileDriver(loop, table, memory: .init(), number: 1, observer: nil)
    turnstile.start()
    #expect(turnstile.send(.push) == .ignored)
    #expect(turnstile.send(.coin) == .taken)
    #expect(turnstile.isReleased && turnstile.send(.coin) == .refused)
    loop.advance(by: 10_000_000_000)
    #expect(turnstile.state == .locked && !turnstile.isReleased)
    #expect(turnstile.memory.coins == 1)
  }

  @Test func `a turnstile in a hall is barred when the hall is shut`() throws {
    let loop = VirtualLoop(kernel: Kernel())
    let hall = EntranceDriver(loop, try Table(), memory: .init(.init()), number: 1, observer: nil)
    hall.start()
    #expect(hall.send(.child(.coin)) == .refused)
    hall.send(.parent(.unlock))
    #expect(hall.send(.child(.coin)) == .taken && hall.isReleased)
    hall.send(.parent(.lock))
    #expect(hall.state == .parent(.shut) && !hall.isReleased)
    loop.advance(by: 20_000_000_000)
    #expect(hall.memory.child == nil)
  }
}
