import BatonAsync
import BatonCore
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct AsyncMachineTests {
  private typealias Machine = AsyncMachine<Kettle>

  /// A sequence of nothing ends when its task is cancelled.
  private static func untilCancelled() async {
    for await _ in AsyncStream.makeStream(of: Never.self).stream {}
  }

  @Test func `events are sent with await, and steps are a sequence`() async throws {
    let kettle = Machine(memory: .init())
    var steps = await kettle.steps().makeAsyncIterator()
    try await kettle.start()
    try await kettle.start()
    let beginning = try #require(await steps.next())
    #expect(beginning.event == nil && beginning.to == .off && beginning.outcome == .taken)
    #expect(try await kettle.send(.start) == .taken)
    #expect(try await kettle.send(.start) == .unexpected)
    #expect(try await kettle.send(.boiled) == .taken)
    #expect(await kettle.state == .hot)
    let first = try #require(await steps.next())
    #expect(first.event == .start && first.from == .off && first.to == .heating)
    #expect(first.effects == [.heat(1)] && first.configuration == [.heating])
    #expect(first.records.map(\.outcome) == [.taken] && first.failure == nil)
    let second = try #require(await steps.next())
    #expect(second.outcome == .unexpected && second.effects.isEmpty && second.to == .heating)
    let third = try #require(await steps.next())
    #expect(third.effects == [.rest] && third.to == .hot)
    await kettle.stop()
    #expect(await steps.next() == nil)
    await #expect(throws: Machine.Stopped.self) { try await kettle.send(.stop) }
  }

  @Test func `what an effect waits for comes back as an event`() async throws {
    let (hot, boil) = AsyncStream.makeStream(of: Void.self)
    let kettle = Machine(memory: .init()) { effect in
      guard case .heat = effect else { return .done }
      return .work {
        for await _ in hot { return .boiled }
        return nil
      }
    }
    try await kettle.send(.start)
    #expect(await kettle.state == .heating)
    boil.yield()
    try await kettle.reaches(.hot)
    #expect(await kettle.memory.starts == 1)
  }

  @Test func `work is cancelled by name, and brings no event then`() async throws {
    let ends = AsyncStream.makeStream(of: Bool.self)
    let kettle = Machine(memory: .init()) { [end = ends.continuation] effect in
      switch effect {
      case .heat:
        return .work(name: "heat") {
          await Self.untilCancelled()
          end.yield(Task.isCancelled)
          return .boiled
        }
      case .rest: return .cancel(name: "heat")
      }
    }
    try await kettle.send(.start)
    try await kettle.send(.stop)
    var iterator = ends.stream.makeAsyncIterator()
    #expect(await iterator.next() == true)
    #expect(await kettle.state == .off)
    try await kettle.send(.start)
    await kettle.stop()
    #expect(await iterator.next() == true)
  }

  @Test func `a delay runs by the clock, and only while its state is active`() async throws {
    let clock = ManualClock()
    let kettle = Machine(memory: .init(), clock: clock)
    try await kettle.start()
    var steps = await kettle.steps().makeAsyncIterator()
    try await kettle.send(.start)
    await clock.sleepers(1)
    clock.advance(by: .milliseconds(4_999))
    #expect(await kettle.state == .heating && clock.sleeperCount == 1)
    try await kettle.send(.stop)
    try await kettle.send(.start)
    #expect(await steps.next()?.to == .heating)
    #expect(await steps.next()?.to == .off)
    #expect(await steps.next()?.to == .heating)
    // The delay of the first time is gone: it would have been due now.
    await clock.sleepers(1)
    clock.advance(by: .milliseconds(4_999))
    #expect(await kettle.state == .heating)
    clock.advance(by: .milliseconds(1))
    let last = try #require(await steps.next())
    #expect(last.event == nil && last.from == .heating && last.to == .off)
    #expect(await kettle.memory == .init(starts: 2, failures: 1))
  }

  @Test func `many tasks send, and each event is handled to its end`() async throws {
    let kettle = Machine(memory: .init())
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<100 {
        group.addTask {
          _ = try? await kettle.send(.start)
          _ = try? await kettle.send(.stop)
        }
      }
    }
    let starts = await kettle.memory.starts
    #expect(starts > 0 && starts <= 100)
    #expect(await kettle.state == .off)
  }

  @Test func `a delay that is always due leaves room for others`() async throws {
    let kettle = Machine(memory: .init())
    try await kettle.send(.spin)
    var count = 0
    for await step in await kettle.steps() where step.from == .spinning && step.event == nil {
      count += 1
      if count == 100 { break }
    }
    #expect(try await kettle.send(.stop) == .taken)
    #expect(await kettle.state == .off)
    #expect(await kettle.memory.failures >= 100)
  }

  @Test func `a delay whose guard does not hold is told as it is`() async throws {
    let kettle = Machine(memory: .init())
    var steps = await kettle.steps().makeAsyncIterator()
    try await kettle.send(.hold)
    #expect(await steps.next()?.to == .off)
    #expect(await steps.next()?.to == .held)
    let step = try #require(await steps.next())
    #expect(step.event == nil && step.outcome != .taken && step.to == .held)
  }

  @Test func `a chart beyond its limits throws, is told to followers, and goes on`() async throws {
    let kettle = Machine(memory: .init())
    try await kettle.start()
    var steps = await kettle.steps().makeAsyncIterator()
    await #expect(throws: MachineError.overfullOutbox) { try await kettle.send(.loop) }
    #expect(await steps.next()?.failure == .overfullOutbox)
    #expect(try await kettle.send(.start) == .taken)
  }

  @Test func `a machine that nobody holds ends, with its delays and its work`() async throws {
    let clock = ManualClock()
    let ends = AsyncStream.makeStream(of: Bool.self)
    var kettle: Machine? = Machine(memory: .init(), clock: clock) {
      [end = ends.continuation] effect in
      guard case .heat = effect else { return .done }
      return .work {
        await Self.untilCancelled()
        end.yield(Task.isCancelled)
        return nil
      }
    }
    let steps = await kettle?.steps()
    try await kettle?.start()
    try await kettle?.send(.start)
    await clock.sleepers(1)
    kettle = nil
    var count = 0
    for await _ in try #require(steps) { count += 1 }
    #expect(count == 2 && clock.sleeperCount == 0)
    var iterator = ends.stream.makeAsyncIterator()
    #expect(await iterator.next() == true)
  }

  @Test func `to wait for a state ends with the machine, or with the task`() async throws {
    let kettle = Machine(memory: .init())
    try await kettle.start()
    try await kettle.reaches(.off)
    let waits = Task { try await kettle.reaches(.hot) }
    waits.cancel()
    await #expect(throws: CancellationError.self) { try await waits.value }
    await kettle.stop()
    await #expect(throws: Machine.Stopped.self) { try await kettle.reaches(.hot) }
  }
}
