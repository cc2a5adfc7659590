import BatonCore
import BatonLab
import BatonVhostUser
import Foundation
import Testing

extension ProcessTests {
  /// A process `baton net` whose table of descriptors is full (RLIMIT_NOFILE).
  @Suite(.timeLimit(.minutes(15))) struct FullTableTests {
    private static let prlimit = "/usr/bin/prlimit"
    private static let strace = "/usr/bin/strace"

    /// Lets the process open so many more descriptors, or as many as it likes.
    private static func leave(_ room: Int?, to stage: BackendStage) throws {
      let pid = stage.backend.pid
      // Its log opens a file for a moment now and then, which is not to count.
      let limits = try (0..<20).map { _ in try limit(leaving: room, pid) }
      let command = [prlimit, "--pid", "\(pid)", "--nofile=\(limits.min() ?? 0):"]
      try #require(Program.execute(command).status == 0)
    }

    private static func limit(leaving room: Int?, _ pid: Int32) throws -> Int {
      guard let room else { return 4096 }
      let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
      let numbers = Set(open.compactMap { Int($0) })
      // The first free number that it may not have; so many are enough to find it.
      let free = (0...numbers.count + room).filter { !numbers.contains($0) }
      return free[room]
    }

    /// A front-end whose guest is served, and probed.
    @discardableResult
    private static func serve(
      _ stage: BackendStage, _ guest: FrontEndGuest? = nil
    ) throws -> FrontEnd {
      let guest = try guest ?? FrontEndGuest(ipv4: BackendStage.guest)
      let front = try stage.connect(guest)
      try front.start()
      try stage.probe()
      return front
    }

    /// What the process has had of a processor, in seconds.
    private static func processor(_ stage: BackendStage) throws -> Double {
      let text = try String(contentsOfFile: "/proc/\(stage.backend.pid)/stat", encoding: .utf8)
      let words = text.split(separator: ")").last?.split(separator: " ") ?? []
      let ticks = try words[11...12].map { try #require(Double($0)) }
      return (ticks[0] + ticks[1]) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    @Test(arguments: [4, 5, 6, 8, 10, 11])
    func `who starts with too few says so, and leaves nothing behind`(limit: Int) async throws {
      try await NamespaceThread.run {
        let folder = try Lab.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try Program.run(
          [
            "net", "--socket", "\(folder)/net.sock", "--tap", BackendStage.tap, "--control",
            "\(folder)/control",
          ], launcher: [Self.prlimit, "--nofile=\(limit):\(limit)"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("(EMFILE)"), "\(outcome.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        #expect(Interface(name: BackendStage.tap).transmitDrops == nil)
      }
    }

    @Test func `who connects waits until there is room, which is said once`() async throws {
      try await BackendStage.run { stage in
        try Self.serve(stage)
        try Self.leave(0, to: stage)
        let before = try Self.processor(stage)
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        let late = try FrontEnd(stage.lab, guest, at: stage.path)
        try stage.expectLog("net0: nobody can connect for a while: net0: accept4: Too many open")
        // It is tried ten times a second meanwhile.
        let begin = ContinuousClock.now
        try stage.wait("two seconds") { ContinuousClock.now - begin > .seconds(2) }
        try stage.expectFlow()
        #expect(try Self.processor(stage) - before < 1)
        try Self.leave(nil, to: stage)
        try late.greet()
        try stage.expectFlow()
        #expect(stage.log.components(separatedBy: "nobody can connect").count == 2)
        // The next time it is news.
        let descriptors = try #require(stage.backend.descriptorCount)
        late.close()
        try stage.wait("no descriptor of its") { stage.backend.descriptorCount == descriptors - 1 }
        try Self.leave(0, to: stage)
        let next = try FrontEnd(stage.lab, guest, at: stage.path)
        try stage.wait("the word about it") {
          stage.log.components(separatedBy: "nobody can connect").count == 3
        }
        try Self.leave(nil, to: stage)
        try next.greet()
      }
    }

    /// Requests whose descriptors do not arrive.
    @Test(arguments: [VhostRequest.setMemoryTable, .setRingKick, .setRingCall, .setLogBase])
    func `descriptors that are lost cost the session, by name`(request: VhostRequest) async throws {
      try await BackendStage.run { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        let front = try Self.serve(stage, guest)
        let other = try stage.connect(guest)
        try Self.leave(0, to: stage)
        switch request {
        case .setMemoryTable: try other.sayMemory()
        case .setLogBase: try other.say(request, numbers: [4096, 0], lending: [other.someMemory])
        case _: try other.say(request, numbers: [0], lending: [other.someCounter])
        }
        try stage.expectLog("net0: a front-end is sent away: descriptors of a message were lost")
        try stage.wait("the end of it") { other.isGone }
        try stage.expectFlow()
        try Self.leave(nil, to: stage)
        let next = try stage.connect(guest)
        try front.stop()
        try next.start()
        try stage.expectFlow()
      }
    }

    /// From the fewest with which it asks at all to the fewest but one with which it succeeds.
    @Test func `a successor with too few is refused by name, and changes nothing`() async throws {
      try await BackendStage.run { stage in
        let front = try Self.serve(stage)
        _ = try stage.connect(try FrontEndGuest(ipv4: BackendStage.guest))
        let descriptors = stage.backend.descriptorCount
        var (failures, last) = (0, [ChildProcess]())
        for limit in 6..<64 {
          let before = stage.log.count
          let successor = try stage.startSuccessor(
            starter: [Self.prlimit, "--nofile=\(limit):\(limit)"])
          last = [successor]
          try stage.wait("its end") { !successor.lines.isEmpty || successor.hasEnded }
          if !successor.hasEnded { break }
          failures += 1
          let log = stage.log.dropFirst(before)
          #expect(successor.exitStatus == .exited(1))
          #expect(log.contains("(EMFILE)") && !log.contains("within"), "\(limit): \(log)")
          #expect(front.isGone == false && !stage.backend.hasEnded)
          try stage.expectFlow()
          try stage.wait("no descriptor more") { stage.backend.descriptorCount == descriptors }
        }
        #expect(10...40 ~= failures)
        try stage.wait("the end of the one before") { stage.backend.hasEnded }
        #expect(stage.backend.exitStatus == .exited(0))
        try stage.expectFlow()
        try stage.rest()
        try stage.quit()
        try stage.wait("the end of the successor") { last.allSatisfy(\.hasEnded) }
      }
    }

    /// From none to as many as it needs; the successor tells why at once.
    @Test func `a process without room for a handover says so to its successor`() async throws {
      try await BackendStage.run { stage in
        try Self.serve(stage)
        // The control client takes the first.
        for room in 1...3 {
          try Self.leave(room, to: stage)
          let begin = ContinuousClock.now
          let before = stage.log.count
          let successor = try stage.startSuccessor()
          try stage.wait("its end") { successor.hasEnded }
          #expect(successor.exitStatus == .exited(1))
          let log = stage.log.dropFirst(before)
          #expect(log.contains("nothing is handed over: "), "\(room): \(log)")
          #expect(log.contains("control does not hand over: "), "\(room): \(log)")
          #expect(!log.contains("within 10000 ms"), "\(room): \(log)")
          #expect(ContinuousClock.now - begin < .seconds(5))
          try stage.expectFlow()
        }
        try Self.leave(nil, to: stage)
        try stage.takeOver()
        try stage.expectFlow()
      }
    }

    /// As when the user's watches are used up (/proc/sys/fs/epoll/max_user_watches): from the first
    /// on, or from one on that belongs to a front-end.
    @Test(
      .enabled(if: FileManager.default.fileExists(atPath: strace), "\(strace) is missing"),
      arguments: [1, 12])
    func `a guest is served and handed over while the kernel watches nothing`(first: Int)
      async throws
    {
      let starter = [
        Self.strace, "-D", "-f", "-o", "FOLDER/strace", "-e", "trace=epoll_ctl", "-e",
        "inject=epoll_ctl:error=ENOSPC:when=\(first)+",
      ]
      try await BackendStage.run(starter: starter) { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        let front = try Self.serve(stage, guest)
        let second = try stage.connect(guest)
        try front.stop()
        try second.start()
        try stage.expectFlow()
        let trace = try String(contentsOfFile: stage.folder + "/strace", encoding: .utf8)
        #expect(trace.contains("ENOSPC") && trace.contains("(INJECTED)"))
        try stage.takeOver()
        try stage.expectFlow()
        #expect(!front.isGone && !second.isGone)
      }
    }

    @Test func `SIGHUP without room says so, and changes nothing`() async throws {
      try await BackendStage.run { stage in
        try Self.serve(stage)
        try Self.leave(0, to: stage)
        stage.backend.signal(Signal.hangUp)
        try stage.expectLog("no successor is started: posix_spawn: Too many open files (EMFILE)")
        try stage.expectFlow()
        try Self.leave(nil, to: stage)
        try stage.takeOver()
        try stage.expectFlow()
      }
    }

    @Test func `a lost TAP is opened anew when there is room`() async throws {
      try await BackendStage.run { stage in
        let front = try stage.connect(try FrontEndGuest(ipv4: BackendStage.guest))
        try front.start()
        let control = try ControlClient(
          stage.lab, at: try #require(SocketPath("\(stage.folder)/control")))
        let delete = ["/usr/sbin/ip", "link", "del", BackendStage.tap]
        #expect(try Program.execute(delete).status == 0)
        try stage.expectLog("net0: the TAP is lost")
        try Self.leave(0, to: stage)
        let descriptors = stage.backend.descriptorCount
        #expect(throws: ControlClient.Failure.self) {
          try control.call("netdev-reopen", ["id": "net0"])
        }
        #expect(stage.backend.descriptorCount == descriptors)
        #expect(!front.isGone)
        try Self.leave(nil, to: stage)
        try control.call("netdev-reopen", ["id": "net0"])
        try stage.probe()
        try stage.expectFlow()
      }
    }
  }
}
