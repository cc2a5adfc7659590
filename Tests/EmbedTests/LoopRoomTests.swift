import BatonEmbed
import CBaton
import Glibc
import Testing

/// A loop in a process that has few descriptors left.
@Suite(.timeLimit(.minutes(5))) struct LoopRoomTests {
  @Test func `a loop without descriptors is refused, and the process lives`() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit()
      // Safe: the call fills in the structure.
      guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
        exit(2)
      }
      limit.rlim_cur = 64
      // Safe: the call reads the structure.
      guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
        exit(3)
      }
      var taken: [CInt] = []
      func fill() {
        // Ends when the table is full.
        while case let number = dup(2), number >= 0 { taken.append(number) }
      }
      var outcomes: [CInt] = []
      for room in 0...8 {
        fill()
        for _ in 0..<room { if let number = taken.popLast() { close(number) } }
        var loop: OpaquePointer?
        var why = baton_refusal()
        why.size = UInt32(MemoryLayout<baton_refusal>.size)
        let outcome = baton_loop_create(&loop, &why)
        outcomes.append(outcome)
        if outcome == 0 { baton_loop_destroy(loop) } else if why.error != EMFILE { exit(4) }
      }
      guard outcomes.first == -1, outcomes.last == 0 else { exit(5) }
    }
  }
}
