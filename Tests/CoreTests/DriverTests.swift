import BatonCore
import Testing

/// Notes what it performs, and answers some effects with events at once.
private final class LiftDriver: Driver<Lift> {
  var performed: [Lift.Effect] = []
  var answers: [Lift.Effect: Lift.Event] = [:]

  override func perform(_ effect: Lift.Effect) {
    performed.append(effect)
    if let answer = answers[effect] { #expect(send(answer) == nil) }
  }
}

@Suite(.timeLimit(.minutes(15))) struct DriverTests {
  private let loop = VirtualLoop(kernel: Kernel())

  private func driver(_ memory: Lift.Memory = .init()) -> LiftDriver {
    let driver = LiftDriver(loop, .trusted(), memory: memory, number: 1, observer: nil)
    driver.start()
    return driver
  }

  @Test func `effects are performed in order after the macrostep`() {
    let driver = driver()
    #expect(driver.performed == [.enterIdle])
    #expect(driver.send(.call(floor: 3)) == .taken)
    #expect(driver.performed == [.enterIdle, .leaveIdle, .aimed, .enterMoving])
  }

  @Test func `an event that an effect brings waits until all effects are performed`() {
    let driver = driver()
    // The tick comes while the first of three effects is performed.
    driver.answers = [.leaveIdle: .tick]
    driver.send(.call(floor: 3))
    #expect(
      driver.performed == [
        .enterIdle, .leaveIdle, .aimed, .enterMoving, .climbed, .enterCruising, .enterSlow,
      ])
    #expect(driver.state == .slow)
  }

  @Test func `what the sender is told`() {
    let driver = driver()
    #expect(driver.send(.tick) == .ignored)
    #expect(driver.send(.restart) == .refused)
    #expect(driver.send(.fix) == .unexpected)
  }

  @Test func `a delay fires on the loop's clock, once, and not when its state was left`() {
    let driver = driver(.init(patienceNanos: 1_000))
    driver.send(.call(floor: 3))
    loop.advance(by: 999)
    #expect(driver.state == .starting)
    driver.send(.restart)
    loop.advance(by: 999)
    #expect(driver.state == .starting)
    loop.advance(by: 1)
    #expect(driver.state == .broken)
    driver.send(.fix)
    loop.advance(by: 10_000)
    #expect(driver.state == .idle)
  }

  @Test func `observers are told when the effects are performed`() {
    final class Rests: Observer {
      var states: [UInt16] = []
      func observed(_ record: TransitionRecord) {}
      func rested(_ machine: UInt16, in state: UInt16) { states.append(state) }
    }
    let rests = Rests()
    let driver = LiftDriver(loop, .trusted(), memory: .init(), number: 1, observer: rests)
    driver.start()
    driver.answers = [.aimed: .tick]
    driver.send(.call(floor: 3))
    #expect(rests.states == [Lift.State.idle, .starting, .slow].map { UInt16($0.rawValue) })
  }
}
