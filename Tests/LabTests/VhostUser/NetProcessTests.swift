import BatonCore
import BatonLab
import Foundation
import Glibc
import Testing

extension ProcessTests {
  /// What a process `baton net` does beside serving one port.
  @Suite(.timeLimit(.minutes(15))) struct NetProcessTests {
    private static let secondGuest: UInt32 = 0x0A00_0201

    private static func writePorts(_ folder: String) throws {
      let text = """
        {"ports": [
          {"socket": "\(folder)/net.sock"},
          {"name": "second", "socket": "\(folder)/second.sock", "tap": "tap1", "queues": 2},
          {"connect": "\(folder)/third.sock", "tap": "tap2"}
        ]}
        """
      try text.write(toFile: folder + "/ports.json", atomically: true, encoding: .utf8)
    }

    static let refusals: [(String, [String: String], String)] = [
      ("no-such", [:], "The command no-such has not been found"),
      ("quit", ["x": "y"], "Parameter 'x' is unexpected"),
      ("migrate", [:], "need either 'uri' or 'channels' argument"),
      ("migrate", ["uri": "bogus:1"], "unknown migration protocol: bogus:1"),
      (
        "migrate", ["uri": "unix:/x", "resume": "on"],
        "Invalid parameter type for 'resume', expected: boolean"
      ),
      ("migrate_cancel", ["uri": "unix:/x"], "Parameter 'uri' is unexpected"),
      ("getfd", ["fdname": "a"], "The command getfd has not been found"),
    ]

    @Test func `its control socket speaks in QEMU's words`() async throws {
      try await BackendStage.run { stage in
        let front = try stage.connect(try FrontEndGuest(ipv4: BackendStage.guest))
        try front.start()
        try stage.probe()
        func refusal(_ command: String, _ arguments: [String: Any]) throws -> String {
          do { _ = try stage.ask(command, arguments) } catch ControlClient.Failure.refused(let text)
          {
            return text
          }
          return "nothing"
        }
        for (command, arguments, text) in Self.refusals {
          #expect(try refusal(command, arguments) == text)
        }
        let resumed = try refusal("migrate", ["uri": "unix:/x", "resume": true])
        #expect(resumed == "Cannot resume if there is no paused migration")
        #expect(try stage.ask("query-migrate").isEmpty)
        // Nobody listens there: the command is taken, and its attempt fails.
        _ = try stage.ask("migrate", ["uri": "unix:/proc/nowhere/a"])
        let report = try stage.ask("query-migrate")
        #expect(report["status"] as? String == "failed")
        #expect((report["error-desc"] as? String)?.contains("No such file") == true, "\(report)")
        #expect(try stage.ask("query-status")["running"] as? Bool == true)
        try stage.expectFlow()
      }
    }

    @Test func `several ports move in one takeover, and none notices another one's end`()
      async throws
    {
      try await BackendStage.run(["--config", "FOLDER/ports.json"], prepare: Self.writePorts) {
        stage in
        let first = try stage.connect(try FrontEndGuest(ipv4: BackendStage.guest))
        try first.start()
        try stage.probe()
        let path = try #require(SocketPath(stage.folder + "/second.sock"))
        let guest = try FrontEndGuest(ipv4: Self.secondGuest, pairs: 2)
        let second = try stage.connect(guest, at: path)
        try second.start()
        try stage.probe(tap: "tap1", guest: Self.secondGuest)
        let liar = try FrontEnd(stage.lab, guest, at: path)
        // A request that no version has.
        try liar.send([0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
        try stage.expectLog("second: a front-end is sent away")
        try stage.expectFlow()
        for _ in 0..<2 {
          try stage.takeOver()
          try stage.expectFlow()
        }
        let report = try stage.ask("query-migrate")
        let ports = try #require(report["ports"] as? [String: [String: Any]])
        #expect(Set(ports.keys) == ["net0", "second", "net2"])
        for (_, port) in ports { #expect((port["blackout-ns"] as? Int ?? 0) > 0, "\(report)") }
        #expect(!first.isGone && !second.isGone)
      }
    }

    /// Its counters are full and without O_NONBLOCK, which both sides of a descriptor share.
    @Test func `a VMM at whose counters a write would wait holds up nobody`() async throws {
      try await BackendStage.run(["--config", "FOLDER/ports.json"], prepare: Self.writePorts) {
        stage in
        let first = try stage.connect(try FrontEndGuest(ipv4: BackendStage.guest))
        try first.start()
        try stage.probe()
        let path = try #require(SocketPath(stage.folder + "/second.sock"))
        let second = try stage.connect(
          try FrontEndGuest(ipv4: Self.secondGuest, pairs: 2), at: path)
        try second.start()
        _ = try second.ask(.getFeatures)
        second.deafen()
        for number in second.callNumbers {
          var count: UInt64 = 0
          _ = read(number, &count, 8)
          count = .max - 1
          try #require(write(number, &count, 8) == 8)
          try #require(fcntl(number, F_SETFL, 0) == 0)
        }
        // Its guest is to be rung for, since the kernel asks for its address.
        let interface = Interface(name: "tap1")
        try interface.setAddress(Self.secondGuest ^ 1, prefix: 31)
        try interface.setUp(true)
        let asker = try LabKernel().connectDatagram(
          to: Self.secondGuest, port: 7, receiveBuffer: 4096)
        defer { close(asker) }
        try #require(write(asker, "?", 1) == 1)
        try stage.expectFlow()
        try stage.expectFlow()
        #expect(!first.isGone && !second.isGone)
      }
    }

    @Test func `a port calls a VMM that listens, until it answers and when it has left`()
      async throws
    {
      try await BackendStage.run(["--connect", "FOLDER/vmm.sock", "--tap", BackendStage.tap]) {
        stage in
        try stage.expectLog("vmm.sock does not answer and is called again in")
        // Who has no session yet is taken over as well, and nobody is called on the way.
        try stage.takeOver()
        let path = try #require(SocketPath(stage.folder + "/vmm.sock"))
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        let first = try stage.accept(guest, at: path)
        try first.start()
        try stage.probe()
        try stage.takeOver()
        try stage.expectFlow()
        try stage.rest()
        try first.stop()
        first.close()
        // It is called again by the process that has taken the port over.
        let second = try stage.accept(guest, at: path)
        try second.start()
        stage.goOn()
        try stage.expectFlow()
      }
    }

    /// As systemd does with a socket unit: descriptor 3, named as the port, and its process ID.
    @Test func `a socket of the service manager is served and left to it`() async throws {
      let listen = """
        import os, socket, sys
        s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(16)
        if s.fileno() != 3: os.dup2(s.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="net0")
        os.execv(sys.argv[2], sys.argv[2:])
        """
      try await BackendStage.run(
        ["--socket", "systemd", "--tap", BackendStage.tap],
        starter: [
          "/usr/bin/python3", "-c", listen, "FOLDER/given.sock",
        ]
      ) { stage in
        let path = try #require(SocketPath(stage.folder + "/given.sock"))
        let front = try stage.connect(try FrontEndGuest(ipv4: BackendStage.guest), at: path)
        try front.start()
        try stage.probe()
        try stage.takeOver()
        try stage.expectFlow()
        let second = try stage.connect(try FrontEndGuest(ipv4: BackendStage.guest), at: path)
        #expect(!front.isGone && !second.isGone)
        try stage.rest()
        try stage.quit()
        #expect(FileManager.default.fileExists(atPath: "\(path)"), "it is the manager's")
      }
    }

    @Test func `SIGHUP starts a successor, which has everything, and the service manager hears it`()
      async throws
    {
      try await BackendStage.run { stage in
        let front = try stage.connect(try FrontEndGuest(ipv4: BackendStage.guest))
        try front.start()
        try stage.probe()
        let manager = try NotifySocket(stage.folder + "/notify")
        let former = stage.backend.pid
        stage.backend.signal(Signal.hangUp)
        try stage.wait("the end of the one before") { stage.backend.hasEnded }
        try stage.expectFlow()
        try stage.expectLog("MIGRATION")
        let told = manager.messages
        #expect(told.first == "RELOADING=1")
        let last = try #require(told.last)
        #expect(last.hasPrefix("MAINPID=") && last.hasSuffix("READY=1"), "\(told)")
        #expect(!last.hasPrefix("MAINPID=\(former)\n"), "\(told)")
        #expect(!front.isGone)
        try stage.rest()
        try stage.quit()
      }
    }
  }
}
