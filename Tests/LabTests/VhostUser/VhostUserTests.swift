import BatonCore
import BatonLab
import BatonVhostUser
import Foundation
import Testing

extension ProcessTests {
  /// `baton net` under front-ends of our own.
  @Suite(.timeLimit(.minutes(15))) struct VhostUserTests {
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
        #expect(try stage.changeovers().count == 0)
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
        let changeovers = try stage.changeovers()
        #expect(changeovers.count == 10)
        #expect(0 < changeovers.own && changeovers.own <= changeovers.nanos)
        #expect(0 < changeovers.processor && changeovers.processor <= changeovers.own)
      }
    }

    /// Each flow has a queue of its own in the TAP, and the guest looks at its rings in the order
    /// that is worst: a frame that went to another ring than those behind it would be overtaken.
    @Test func `rings that start and stop one by one keep every flow in order`() async throws {
      try await BackendStage.run(pairs: 4) { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest, pairs: 4)
        let front = try stage.connect(guest)
        try front.start()
        try stage.probe(flows: 8)
        try stage.expectFlow()
        for _ in 0..<3 {
          try front.stop { try stage.expectSent(8) }
          try front.start { try stage.expectSent(8) }
          try stage.expectFlow()
        }
      }
    }

    /// QEMU disables what its guest's driver does not use; others might enable all and start some.
    @Test(arguments: [true, false])
    func `rings that never start lend their frames to the others`(areEnabled: Bool) async throws {
      try await BackendStage.run(pairs: 4) { stage in
        let front = try stage.connect(try FrontEndGuest(ipv4: BackendStage.guest, pairs: 4))
        if !areEnabled { for ring in 2..<8 { try front.enable(ring, false) } }
        try front.start(pairs: 1)
        try stage.probe(flows: 32)
        try stage.expectFlow()
        try stage.takeOver()
        try stage.expectFlow()
      }
    }

    @Test func `who starts too early waits until the other one has stopped`() async throws {
      try await BackendStage.run { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        let first = try stage.connect(guest)
        try first.start()
        try stage.probe()
        let other = try FrontEndGuest(ipv4: BackendStage.guest)
        let second = try stage.connect(other)
        try second.start()
        try stage.expectFlow()
        #expect(!stage.log.contains("front-end 1"))
        // The other one is another guest, which keeps what it was sent.
        try stage.rest()
        try first.stop()
        try stage.expectLog("the TAP serves front-end 1")
        #expect(try stage.changeovers().count == 1)
        try second.stop()
        try first.start()
        stage.goOn()
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
        try stage.expectLog("FRONTEND_LEFT")
        let third = try stage.connect(guest)
        try second.stop()
        try third.start()
        try stage.expectFlow()
        // Both places are taken.
        #expect(throws: (any Error).self) { try stage.connect(guest) }
        try stage.expectLog("a connection is refused")
      }
    }

    @Test(arguments: [1, 4])
    func `one process after another serves the guest, which does not notice`(pairs: Int)
      async throws
    {
      try await BackendStage.run(pairs: pairs) { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest, pairs: pairs)
        let first = try stage.connect(guest)
        try first.start()
        try stage.probe(flows: 8 * pairs)
        for _ in 0..<3 {
          try stage.takeOver()
          try stage.expectFlow()
        }
        // The sessions are the same: the guest stops, starts, and goes to another front-end.
        try first.stop()
        try first.start()
        try stage.expectFlow()
        let second = try stage.connect(guest)
        try stage.takeOver()
        try first.stop()
        try second.start()
        try stage.expectFlow()
        try stage.takeOver()
        try stage.expectFlow()
        #expect(!first.isGone && !second.isGone)
      }
    }

    @Test func `half a message goes to the next process, and so does what was not read`()
      async throws
    {
      try await BackendStage.run { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        let front = try stage.connect(guest)
        try front.start()
        try stage.probe()
        // GET_FEATURES in two halves.
        try front.send([1, 0, 0, 0, 1])
        try stage.takeOver()
        try front.send([0, 0, 0, 0, 0, 0, 0])
        #expect(try front.hear(.getFeatures) & 1 << 32 != 0)
        try stage.expectFlow()
      }
    }

    @Test func `a process that is not like the one before is refused, and changes nothing`()
      async throws
    {
      try await BackendStage.run(pairs: 2) { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest, pairs: 2)
        let front = try stage.connect(guest)
        try front.start()
        try stage.probe(flows: 16)
        let other = try stage.startSuccessor(["--queues", "1"])
        try stage.wait("the refusal") { other.hasEnded }
        #expect(other.exitStatus == .exited(1))
        #expect(stage.log.contains("1 here, 2 on the other side"), "\(stage.log)")
        try stage.expectFlow()
        try front.stop()
        try front.start()
        try stage.expectFlow()
        try stage.takeOver()
        try stage.expectFlow()
      }
    }

    @Test func `who is asked and does not hand over is named`() async throws {
      try await BackendStage.run { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        let front = try stage.connect(guest)
        try front.start()
        try stage.probe()
        // A front-end's socket is no control socket: what is asked there is a broken message.
        let lost = try stage.startSuccessor(["--takeover", "\(stage.path)"])
        try stage.wait("the end") { lost.hasEnded }
        #expect(lost.exitStatus == .exited(1))
        #expect(
          stage.log.contains(
            "net.sock does not hand over: it has not greeted within 5000 ms"),
          "\(stage.log)")
        try stage.expectFlow()
      }
    }

    /// A server that accepts everything, and does nothing.
    private static let mute = """
      import json, socket, sys
      server = socket.socket(socket.AF_UNIX)
      server.bind(sys.argv[1])
      server.listen()
      print("listening", flush=True)
      client = server.accept()[0]
      client.sendall(b'{"QMP": {"version": {"qemu": {}}, "capabilities": []}}\\n')
      for line in client.makefile():
          answer = {"return": {}, "id": json.loads(line)["id"]}
          client.sendall(json.dumps(answer).encode() + b"\\n")
      """

    private static let python = "/usr/bin/python3"

    @Test(.enabled(if: FileManager.default.fileExists(atPath: python), "\(python) is missing"))
    func `who accepts and offers nothing is left in time`() async throws {
      try await BackendStage.run { stage in
        let path = stage.folder + "/mute"
        let mute = Process()
        mute.executableURL = URL(filePath: Self.python)
        mute.arguments = ["-c", Self.mute, path]
        let said = Pipe()
        mute.standardOutput = said
        try mute.run()
        defer { mute.terminate() }
        #expect(try said.fileHandleForReading.read(upToCount: 9) == Data("listening".utf8))
        let lost = try stage.startSuccessor(["--takeover", path])
        try stage.wait("the end") { lost.hasEnded }
        #expect(lost.exitStatus == .exited(1))
        #expect(
          stage.log.contains("mute does not hand over: it has offered nothing within 10000 ms"),
          "\(stage.log)")
      }
    }

    @Test func `a front-end that never stops to speak costs the other one nothing`() async throws {
      try await BackendStage.run { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        let front = try stage.connect(guest)
        try front.start()
        try stage.probe()
        let talker = try FrontEnd(stage.lab, guest, at: stage.path)
        // SET_OWNER, as often as the socket takes it.
        let many = Array(repeating: [3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0] as [UInt8], count: 300)
        for _ in 0..<200 {
          do { try talker.send(many.flatMap { $0 }) } catch { try stage.expectFlow() }
        }
        try stage.expectFlow()
        #expect(!front.isGone && !talker.isGone)
      }
    }
  }
}
