import BatonCore
import Foundation
import Testing

@testable import BatonLab

extension ProcessTests {
  /// A target whose TAP is not transferred, and takes its time to open.
  @Suite(.timeLimit(.minutes(15))) struct PreparationTests {
    /// A script that waits for a word at a gate, and fails for any but `go`.
    final class Gate {
      let folder: String
      var path: String { "\(folder)/gate" }

      init() throws {
        folder =
          FileManager.default.temporaryDirectory.path + "/gate-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try #require(mkfifo(path, 0o600) == 0)
        let text = "#!/bin/sh\nread -r word <\(path)\n[ \"$word\" = go ]\n"
        try text.write(toFile: "\(folder)/up", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes(
          [.posixPermissions: 0o755], ofItemAtPath: "\(folder)/up")
      }

      deinit { try? FileManager.default.removeItem(atPath: folder) }

      /// Returns when a script is there to read it.
      func say(_ word: String) throws {
        let gate = try FileHandle(forWritingTo: URL(filePath: path))
        try gate.write(contentsOf: Data("\(word)\n".utf8))
        try gate.close()
      }
    }

    private func start(_ stage: Stage, _ gate: Gate) throws -> (HostProcess, HostProcess, String) {
      let source = try stage.startSource("A", Stage.Wish(more: ["--no-local"]))
      var wish = Stage.Wish(more: ["--no-local"])
      wish.isIncoming = true
      wish.netdev = "tap,id=net0,ifname=tap9,script=\(gate.folder)/up"
      let target = try stage.start("B", wish)
      let address = stage.newAddress()
      try target.control.call("migrate-incoming", ["uri": address])
      try source.control.post("migrate", ["uri": address])
      return (source, target, address)
    }

    private func status(_ host: HostProcess) throws -> String? {
      try host.control.call("query-migrate")["status"] as? String
    }

    @Test func `a source waits until the target's TAP is open`() async throws {
      try await Stage.run { stage in
        let gate = try Gate()
        let (source, target, _) = try start(stage, gate)
        for host in [source, target] {
          try stage.wait("setup") { (try? status(host)) == "setup" }
        }
        try stage.expectFlow()
        stage.endProbes()
        try gate.say("go")
        try stage.expectEnd("completed", of: source)
        try stage.expectEnd("completed", of: target)
        try stage.probe("tap9", 0, flows: 2, awaitsAnswer: true)
        try stage.expectFlow()
      }
    }

    @Test(arguments: ["stay", "cancel"])
    func `a TAP that cannot be opened after all ends it, and the guest runs on`(
      how: String
    ) async throws {
      try await Stage.run { stage in
        let gate = try Gate()
        let (source, target, address) = try start(stage, gate)
        try stage.wait("setup") { (try? status(target)) == "setup" }
        if how == "cancel" {
          try target.control.call("migrate_cancel")
        } else {
          try gate.say(how)
          try stage.expectEnd("failed", of: target)
          let said = try stage.error(target)
          #expect(said.contains("ended with status 1"), "\(said)")
        }
        try stage.expectEnd("failed", of: source)
        try stage.expectFlow()
        // The target is as it was, and may try again.
        try target.control.call("migrate-incoming", ["uri": address])
        try target.control.call("migrate_cancel")
        try stage.expectFlow()
      }
    }
  }
}
