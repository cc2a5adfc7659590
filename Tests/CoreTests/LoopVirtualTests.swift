import BatonCore
import Testing

@Suite(.timeLimit(.minutes(15))) struct LoopVirtualTests {
  let loop = VirtualLoop(kernel: Kernel())

  @Test func `a descriptor is ready when the test says so, once`() {
    let recorder = Recorder()
    recorder.watch(loop, 1000, .read, id: 1)
    recorder.watch(loop, 1001, [.read, .write], id: 2)
    #expect(!loop.poll())
    loop.signalReady(1001, .write)
    loop.signalReady(1001, .read)
    loop.signalReady(1000, [.read, .write])
    loop.runUntilIdle()
    #expect(
      recorder.calls == [.init(what: .read, watch: 1), .init(what: [.read, .write], watch: 2)])
  }

  @Test func `readiness waits for a watch that is suspended`() {
    let recorder = Recorder()
    recorder.watch(loop, 1000, .read)
    recorder.watches[0]?.value.suspend()
    #expect(loop.watched(1000) == [])
    loop.signalReady(1000, .read)
    loop.runUntilIdle()
    #expect(recorder.calls.isEmpty)
    recorder.watches[0]?.value.resume()
    #expect(loop.watched(1000) == .read)
    loop.runUntilIdle()
    #expect(recorder.calls.count == 1)
  }

  @Test func `a signal reaches the watches of it`() {
    let recorder = Recorder()
    let terminate = SignalWatch(loop, signal: Signal.terminate, id: 1, calling: recorder)
    let child = SignalWatch(loop, signal: Signal.child, id: 2, calling: recorder)
    loop.raise(Signal.child)
    loop.raise(Signal.child)
    loop.raise(Signal.terminate)
    loop.runUntilIdle()
    #expect(recorder.order == [2, 2, 1])
    _ = consume terminate
    _ = consume child
  }

  @Test func `a loop that never comes to rest traps`() async {
    await #expect(processExitsWith: .failure) {
      let loop = VirtualLoop(kernel: Kernel())
      let recorder = Recorder()
      recorder.watch(loop, 1000, .read)
      recorder.react = { _, _, _ in loop.signalReady(1000, .read) }
      loop.signalReady(1000, .read)
      loop.runUntilIdle(roundsMax: 50)
    }
  }
}
