// What it shows: a chart that runs for tasks. Events are sent with await, the steps are a sequence,
// and what an effect has to wait for is a task, which another effect cancels.
import BatonAsync

/// What heats the water; it takes as long as it is told.
actor Element {
  private let (hot, reached) = AsyncStream.makeStream(of: Void.self)

  /// Until the water boils, or the task is cancelled.
  func heat() async {
    for await _ in hot { return }
  }

  func boil() { reached.yield() }
}

let element = Element()
let kettle = AsyncMachine(Kettle.self, memory: .init()) { effect in
  switch effect {
  case .heat:
    .work(name: "heat") {
      await element.heat()
      return .boiled
    }
  case .rest: .cancel(name: "heat")
  }
}
let steps = await kettle.steps()
let follower = Task { for await step in steps { print(step.from, step.to, step.effects) } }
try await kettle.send(.start)
// Nobody waits for the element any more: its task is cancelled, and no event comes of it.
try await kettle.send(.stop)
try await kettle.send(.start)
await element.boil()
try await kettle.reaches(.hot)
await kettle.stop()
await follower.value
