import BatonCore
import BatonLab
import BatonVhostUser
import Testing

extension ProcessTests {
  /// `baton net` under front-ends of our own.
  @Suite(.timeLimit(.minutes(5))) struct VhostUserTests {
    @Test(arguments: [true, false])
    func `a guest is served, stopped and served again`(wantsEventIndex: Bool) async throws {
      try await BackendStage.run { stage in
        let guest = try FrontEndGuest(
          ipv4: BackendStage.guest, wantsEventIndex: wantsEventIndex)
        let front = try stage.connect(guest)
        try front.start()
        try stage.probe()
        try stage.expectFlow()
        for _ in 0..<3 {
          try front.stop()
          try front.start()
          try stage.expectFlow()
        }
        #expect(front.interrupts > 0)
      }
    }

    @Test(arguments: [1, 4])
    func `a guest goes from one front-end to another and back`(pairs: Int) async throws {
      try await BackendStage.run(pairs: pairs) { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest, pairs: pairs)
        let first = try stage.connect(guest)
        try first.start()
        try stage.probe(flows: 8 * pairs)
        let second = try stage.connect(guest)
        try stage.expectFlow()
        for _ in 0..<5 {
          try first.stop()
          try second.start()
          try stage.expectFlow()
          try second.stop()
          try first.start()
          try stage.expectFlow()
        }
      }
    }

    @Test func `who starts too early waits until the other one has stopped`() async throws {
      try await BackendStage.run { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        let first = try stage.connect(guest)
        try first.start()
        try stage.probe()
        let other = try FrontEndGuest(ipv4: BackendStage.guest ^ 0x100)
        let second = try stage.connect(other)
        try second.start()
        try stage.expectFlow()
        #expect(!stage.log.contains("front-end 1"))
        try first.stop()
        try stage.expectLog("the TAP serves front-end 1")
        try second.stop()
        try first.start()
        try stage.expectFlow()
      }
    }

    @Test func `a front-end that dies leaves the TAP to the other one`() async throws {
      try await BackendStage.run { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        let first = try stage.connect(guest)
        try first.start()
        try stage.probe()
        let second = try stage.connect(guest)
        // The guest's rings stand where they stand; nothing is in flight when nobody kicks.
        try first.stop()
        first.close()
        try second.start()
        try stage.expectFlow()
        try stage.expectLog("the front-end has left")
        let third = try stage.connect(guest)
        try second.stop()
        try third.start()
        try stage.expectFlow()
        // Both places are taken.
        #expect(throws: (any Error).self) { try stage.connect(guest) }
        try stage.expectLog("a connection is refused")
      }
    }
  }
}
