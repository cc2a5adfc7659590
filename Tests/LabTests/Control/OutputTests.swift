import BatonHost
import BatonLab
import Foundation
import Testing

extension ProcessTests {
  /// Logs and traces can neither end a host nor hold its guest up, whoever reads them or does not.
  @Suite(.timeLimit(.minutes(15))) struct OutputTests {
    /// Standard error as a shell makes it before it becomes the host.
    static let outputs = [
      "whose reader is gone": "exec \"$@\" 2> >(exec /bin/true)",
      "that is full":
        "mkfifo \"$FULL\"; exec 3<>\"$FULL\"; rm \"$FULL\"; head -c 65536 /dev/zero >&3; "
        + "exec \"$@\" 2>&3",
      "that is a full disk": "exec \"$@\" 2>/dev/full",
      "that is closed": "exec \"$@\" 2>&-",
    ]

    @Test(arguments: outputs.keys.sorted())
    func `a standard error`(kind: String) async throws {
      try await Stage.run { stage in
        let script = try #require(Self.outputs[kind])
        var wish = Stage.Wish()
        wish.more = ["--log-level", "debug"]
        wish.launcher = [
          "/usr/bin/env", "FULL=\(stage.folder)/full", "/bin/bash", "-c", script, "bash",
        ]
        let source = try stage.startSource("A", wish)
        let target = try stage.startTarget("B", wish)
        for _ in 0..<5 {
          try source.control.call("stop")
          try source.control.call("cont")
        }
        try stage.move(source, target)
        try stage.move(target, source)
      }
    }

    @Test func `a trace whose reader leaves`() async throws {
      try await Stage.run { stage in
        var wish = Stage.Wish()
        wish.launcher = [
          "/bin/bash", "-c",
          "mkfifo \"$0\"; head -n 1 <\"$0\" >/dev/null & exec 8>\"$0\"; exec \"$@\"",
          "\(stage.folder)/A.trace",
        ]
        wish.isTraced = true
        let source = try stage.startSource("A", wish)
        // It goes on, and ends with what was lost.
        stage.losing = ["A"]
        let target = try stage.startTarget()
        try stage.move(source, target)
        try stage.move(target, source)
      }
    }

    @Test func `a trace that may not grow`() async throws {
      try await Stage.run { stage in
        var wish = Stage.Wish()
        wish.isTraced = true
        let source = try stage.startSource("A", wish)
        stage.losing = ["A"]
        // Not before its start: the limit holds for the guest's memory as well.
        let limit = ["/usr/bin/prlimit", "--pid", "\(source.child.pid)", "--fsize=1024"]
        #expect(try Program.execute(limit).status == 0)
        let path = "\(stage.folder)/A.trace"
        let before = try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
        let target = try stage.startTarget()
        try stage.move(source, target)
        try stage.move(target, source)
        let after = try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
        #expect(before == after && before ?? 0 > 1024)
      }
    }
  }
}
