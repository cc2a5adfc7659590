import BatonCore
import BatonLab
import Testing

extension ProcessTests {
  /// The interface is deleted under a process `baton net`.
  @Suite(.timeLimit(.minutes(15))) struct PortLossTests {
    @Test(arguments: [false, true])
    func `a lost TAP is told of, and a new one taken`(isConnected: Bool) async throws {
      try await BackendStage.run { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        var front: FrontEnd?
        if isConnected {
          front = try stage.connect(guest)
          try front?.start()
        }
        let control = try ControlClient(
          stage.lab, at: try #require(SocketPath("\(stage.folder)/control")))
        func lost() throws -> String? {
          let ports = try #require(try control.call("query-ports")["ports"] as? [[String: Any]])
          return ports.first?["lost"] as? String
        }
        #expect(try lost() == nil)
        #expect(throws: ControlClient.Failure.self) {
          try control.call("netdev-reopen", ["id": "net0"])
        }
        let delete = ["/usr/sbin/ip", "link", "del", BackendStage.tap]
        #expect(try Program.execute(delete).status == 0)
        try stage.wait("the event") { control.events.contains { $0.name == "NETDEV_LOST" } }
        let event = try #require(control.events.last { $0.name == "NETDEV_LOST" })
        #expect(event.data["netdev-id"] == "net0")
        #expect(event.data["reason"]?.contains("EBADFD") == true, "\(event)")
        #expect(try lost() == event.data["reason"])
        try stage.expectLog("net0: the TAP is lost")

        #expect(throws: ControlClient.Failure.self) {
          try control.call("netdev-reopen", ["id": "net7"])
        }
        try control.call("netdev-reopen", ["id": "net0"])
        #expect(try lost() == nil)
        if front == nil {
          front = try stage.connect(guest)
          try front?.start()
        }
        try stage.probe()
        try stage.expectFlow()
      }
    }
  }
}
