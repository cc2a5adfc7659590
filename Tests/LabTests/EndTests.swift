import BatonCore
import BatonHost
import BatonLab
import Foundation
import Testing

extension ProcessTests {
  /// SIGTERM ends a host in order, whatever it does: exit status 0, no socket, no interface. The
  /// stage looks for all of that when it is struck.
  @Suite(.timeLimit(.minutes(15))) struct EndTests {
    @Test func `a host whose guest runs`() async throws {
      try await Stage.run { stage in
        let host = try stage.startSource()
        stage.expectLoss()
        try stage.end(host)
        #expect(Interface(name: Stage.tap).transmitDrops == nil)
      }
    }

    @Test(arguments: [Signal.hangUp, Signal.interrupt])
    func `a host that is asked by another signal`(signal: CInt) async throws {
      try await Stage.run { stage in
        let host = try stage.startTarget()
        try host.control.call("migrate-incoming", ["uri": stage.newAddress()])
        host.child.signal(signal)
        try stage.wait("the end") { host.hasEnded && host.child.exitStatus != nil }
        #expect(host.child.exitStatus == .exited(0))
      }
    }

    @Test func `a host that was to outlive its terminal`() async throws {
      try await Stage.run { stage in
        var wish = Stage.Wish()
        wish.launcher = ["/usr/bin/nohup"]
        let host = try stage.startTarget("B", wish)
        host.child.signal(Signal.hangUp)
        try stage.end(host)
        try stage.wait("the end") { host.hasEnded }
      }
    }

    @Test(.enabled(if: SystemCalls.refusal == nil, "\(SystemCalls.refusal ?? "")"))
    func `a host whose loop the kernel helps no more`() async throws {
      try await Stage.run { stage in
        var wish = Stage.Wish()
        wish.launcher = SystemCalls.refusing("epoll_ctl", "ENOMEM")
        try stage.end(try stage.start("A", wish))
      }
    }

    @Test(.enabled(if: SystemCalls.refusal == nil, "\(SystemCalls.refusal ?? "")"))
    func `a command that can have no thread says so`() throws {
      for words in [["host"], ["net", "--socket", "/nowhere/n", "--tap", "tap0"]] {
        let outcome = try Program.run(
          words + ["--control", "/nowhere/c"],
          launcher: SystemCalls.refusing("clone3", "EAGAIN"))
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("no thread can be made"), "\(outcome.errors)")
        #expect(outcome.errors.contains("EAGAIN"), "\(outcome.errors)")
      }
    }

    @Test(.enabled(if: SystemCalls.refusal == nil, "\(SystemCalls.refusal ?? "")"))
    func `a socket that cannot listen leaves no file`() async throws {
      try await NamespaceThread.run {
        let folder = try Lab.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for words in [["host"], ["net", "--socket", "\(folder)/n", "--tap", "tap0"]] {
          let outcome = try Program.run(
            words + ["--control", "\(folder)/c"],
            launcher: SystemCalls.refusing("listen", "ENOBUFS"))
          #expect(outcome.status == 1)
          #expect(outcome.errors.contains("ENOBUFS"), "\(outcome.errors)")
          #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        }
      }
    }

    @Test func `a host whose guest was never started`() async throws {
      try await Stage.run { stage in
        var wish = Stage.Wish()
        wish.more = ["-S"]
        let host = try stage.start("A", wish)
        #expect(Interface(name: Stage.tap).transmitDrops == 0)
        try stage.end(host)
      }
    }

    @Test func `a host that nobody told to listen`() async throws {
      try await Stage.run { stage in try stage.end(try stage.startTarget()) }
    }

    @Test func `a host that listens`() async throws {
      try await Stage.run { stage in
        let host = try stage.startTarget()
        try host.control.call("migrate-incoming", ["uri": stage.newAddress()])
        try stage.end(host)
      }
    }

    @Test func `a host whose guest runs elsewhere`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try stage.move(source, target)
        try stage.end(source)
        try stage.expectFlow()
      }
    }

    @Test func `the target of a migration that stands before the switch`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try pause(source, target, stage)
        try stage.end(target)
        try stage.expectRefusal(source, ["the other end"])
      }
    }

    @Test func `the source of a migration that stands before the switch`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try pause(source, target, stage)
        stage.expectLoss()
        try stage.end(source)
        try stage.expectFailure(target, ["the other end"])
        // The TAP is free.
        try stage.move(try stage.startSource("C"), target)
      }
    }

    @Test func `a host that is told to quit`() async throws {
      try await Stage.run { stage in
        let host = try stage.startTarget()
        try host.control.post("quit")
        try stage.wait("the end") { host.hasEnded }
        #expect(host.child.exitStatus == .exited(0))
      }
    }

    private func pause(_ source: HostProcess, _ target: HostProcess, _ stage: Stage) throws {
      try source.control.pause(true)
      try stage.beginMove(source, target)
      try stage.wait("the pause") { source.control.statuses.last == "pre-switchover" }
    }
  }
}
