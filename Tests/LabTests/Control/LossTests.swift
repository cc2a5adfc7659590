import BatonCore
import BatonLab
import Foundation
import Testing

extension ProcessTests {
  /// The interface is deleted under a running host.
  @Suite(.timeLimit(.minutes(15))) struct LossTests {
    @Test func `a lost TAP is told of, and a new one taken`() async throws {
      try await Stage.run { stage in
        let host = try stage.startSource()
        stage.expectLoss()
        #expect(try Program.execute(["/usr/sbin/ip", "link", "del", Stage.tap]).status == 0)
        try stage.wait("the event") { host.control.events.contains { $0.name == "NETDEV_LOST" } }
        let event = try #require(host.control.events.last { $0.name == "NETDEV_LOST" })
        #expect(event.data["netdev-id"] == "net0")
        #expect(event.data["reason"]?.contains("EBADFD") == true, "\(event)")
        let status = try host.control.call("query-status")
        #expect(status["running"] as? Bool == true)
        let lost = try #require(status["lost-netdevs"] as? [String: String])
        #expect(lost["net0"] == event.data["reason"])
        // A move is refused, and says why.
        let target = try stage.startTarget("C")
        try stage.beginMove(host, target)
        try stage.expectEnd("failed", of: host)
        #expect(try stage.error(host).contains("EBADFD"))
        #expect(try stage.runState(host) == "running")
        try stage.end(target)

        #expect(throws: ControlClient.Failure.self) {
          try host.control.call("netdev-reopen", ["id": "net7"])
        }
        try host.control.call("netdev-reopen", ["id": "net0"])
        #expect(try host.control.call("query-status")["lost-netdevs"] == nil)
        try stage.probe()
        try stage.expectFlow()
        #expect(throws: ControlClient.Failure.self) {
          try host.control.call("netdev-reopen", ["id": "net0"])
        }
        try stage.move(host, try stage.startTarget("B"))
      }
    }

    /// A folder with scripts that note their names, and fail while there is a file `bad`.
    private static func scripts() throws -> String {
      let folder = FileManager.default.temporaryDirectory.path + "/loss-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for name in ["up", "down"] {
        try "#!/bin/sh\necho \(name) >>\(folder)/notes\n[ ! -e \(folder)/bad ]\n".write(
          toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes(
          [.posixPermissions: 0o755], ofItemAtPath: "\(folder)/\(name)")
      }
      return folder
    }

    @Test func `a new TAP is open when its script has run, and a bad one leaves the guest`()
      async throws
    {
      try await Stage.run { stage in
        let folder = try Self.scripts()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var wish = Stage.Wish()
        wish.netdev =
          "tap,id=net0,ifname=\(Stage.tap),script=\(folder)/up,downscript=\(folder)/down"
        let host = try stage.startSource("A", wish)
        stage.expectLoss()
        _ = try Program.execute(["/usr/sbin/ip", "link", "del", Stage.tap])
        try stage.wait("the event") { host.control.events.contains { $0.name == "NETDEV_LOST" } }
        try "".write(toFile: folder + "/bad", atomically: true, encoding: .utf8)
        let said = stage.refusal(host, "netdev-reopen", arguments: ["id": "net0"])
        #expect(said.contains("ended with status 1"), "\(said)")
        #expect(try stage.runState(host) == "running")
        try FileManager.default.removeItem(atPath: folder + "/bad")
        try host.control.call("netdev-reopen", ["id": "net0"])
        #expect(try host.control.call("query-status")["lost-netdevs"] == nil)
        try stage.probe()
        try stage.expectFlow()
        stage.endProbes()
        try stage.end(host)
        let notes = try String(contentsOfFile: folder + "/notes", encoding: .utf8)
        let noted = notes.split(separator: "\n")
        // One for each TAP that was open to its end: the lost one's, and the new one's.
        #expect(noted.count { $0 == "down" } == 2, "\(noted)")
        #expect(noted.count { $0 == "up" } == 3, "\(noted)")
      }
    }

    @Test func `a target tells that the guest sends longer packets than the TAP takes`()
      async throws
    {
      try await Stage.run { stage in
        let wish = Stage.Wish(more: ["--guest-mtu", "1500"])
        let source = try stage.startSource("A", wish)
        let isLonger = { (host: HostProcess) in
          host.control.events.last { $0.name == "MTU_EXCEEDS_INTERFACE" }?.data
        }
        let second = try stage.startTarget("B", wish)
        try stage.move(source, second)
        #expect(isLonger(second) == nil)
        let shorten = ["/usr/sbin/ip", "link", "set", Stage.tap, "mtu", "1300"]
        #expect(try Program.execute(shorten).status == 0)
        let third = try stage.startTarget("C", wish)
        try stage.move(second, third)
        try stage.wait("the event") { isLonger(third) != nil }
        #expect(isLonger(third) == ["id": "net0", "guest": "1500", "interface": "1300"])
      }
    }
  }
}
