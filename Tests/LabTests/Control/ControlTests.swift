import BatonCore
import BatonHost
import BatonLab
import Foundation
import Testing

extension ProcessTests {
  /// Who may use the control socket, and that nobody can hold the guest up through it: the stage's
  /// probes must all be answered.
  @Suite(.timeLimit(.minutes(15))) struct ControlTests {
    /// A client in Perl, which every Debian has; `$s` is its connection.
    static func client(_ host: HostProcess, _ stage: Stage, _ script: String) -> [String] {
      [
        "/usr/bin/perl", "-MIO::Socket::UNIX", "-e",
        "my $s = IO::Socket::UNIX->new(Peer => shift) or die qq($!\\n); $s->autoflush(1); "
          + script, path(host, stage),
      ]
    }

    static func path(_ host: HostProcess, _ stage: Stage) -> String {
      "\(stage.folder)/\(host.name).sock"
    }

    @Test func `the socket is for its user alone, whatever the umask`() async throws {
      try await Stage.run { stage in
        var wish = Stage.Wish()
        wish.launcher = ["/bin/sh", "-c", "umask 0; exec \"$@\"", "sh"]
        let host = try stage.startSource("A", wish)
        let attributes = try FileManager.default.attributesOfItem(
          atPath: Self.path(host, stage))
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
      }
    }

    @Test(.enabled(if: OtherUser.refusal == nil, "\(OtherUser.refusal ?? "")"))
    func `another user is told that the host is not his`() async throws {
      try await Stage.run { stage in
        let host = try stage.startSource()
        let path = Self.path(host, stage)
        let command = Self.client(host, stage, "print <$s>")
        let shut = try Program.execute(OtherUser.launcher + command)
        #expect(shut.status != 0 && shut.errors.contains("Permission denied"))
        // Somebody opened the file: the user at the other end is asked for as well.
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: path)
        let refused = try Program.execute(OtherUser.launcher + command)
        let said = "user \(OtherUser.number) may not control this host, which is user 0's"
        #expect(refused.output.contains(said), "\(refused)")
      }
    }

    static let worst = [
      "newlines": "print $s qq(\\n) x 1048576",
      "one endless line": "local $SIG{PIPE} = 'IGNORE'; print $s 'x' x 8388608",
      "replies that nobody reads":
        "local $SIG{PIPE} = 'IGNORE'; print $s qq({\"execute\":\"query-status\"}\\n) x 100000",
      "half a line": "print $s '{\"execute\":'",
      "no commands": "print $s qq({}\\n) x 2000; my $n = 0; while ($n < 2000 && <$s>) { $n++ }",
      "a thousand clients":
        "my @all = map { IO::Socket::UNIX->new(Peer => $s->peerpath()) } 1 .. 1000",
    ]

    @Test(arguments: worst.keys.sorted())
    func `a client that does its worst costs the guest nothing`(what: String) async throws {
      try await Stage.run { stage in
        let host = try stage.startSource()
        try stage.expectFlow()
        let script = try #require(Self.worst[what])
        // Beside it the probes go on; who is held back for what it does not read is killed at last.
        let client = try ChildProcess(
          stage.lab.loop, "/usr/bin/timeout",
          ["--signal=KILL", "3"] + Self.client(host, stage, script))
        try stage.wait("the end of the client") { client.hasEnded }
        // Whoever behaves is served.
        #expect(try stage.runState(host) == "running")
        try stage.expectFlow()
      }
    }

    @Test func `a file that took the socket's place is left alone`() async throws {
      try await Stage.run { stage in
        let host = try stage.startTarget()
        let path = Self.path(host, stage)
        try FileManager.default.removeItem(atPath: path)
        try Data("mine".utf8).write(to: URL(filePath: path))
        host.child.signal(Signal.terminate)
        try stage.wait("the end") { host.hasEnded }
        #expect(host.child.exitStatus == .exited(0))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
        try FileManager.default.removeItem(atPath: path)
      }
    }
  }
}
