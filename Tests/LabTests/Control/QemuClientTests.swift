import Foundation
import Testing

/// QEMU's own client for Python.
enum QemuClient {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let python = root.appending(path: ".build/peers/bin/python").path

  /// What a case of Scripts/check-qmp.py leaves.
  static func run(_ name: String) throws -> Program.Outcome {
    let script = root.appending(path: "Scripts/check-qmp.py").path
    return try Program.execute([python, script, name, Program.path])
  }

  /// Whether it was installed.
  static let isThere = Program.runs([python, "-c", "import qemu.qmp"])
}

extension ProcessTests {
  /// Who drives a QEMU drives a host: `qemu.qmp` with its listeners, its shell, and the functional
  /// test of QEMU's series.
  @Suite(
    .serialized, .timeLimit(.minutes(15)),
    .enabled(if: QemuClient.isThere, "qemu.qmp is not there: run Scripts/peers.sh"))
  struct QemuClientTests {
    @Test(arguments: ["client", "shell", "functional", "vhost", "plug"])
    func `a host is driven as a QEMU is`(name: String) throws {
      let outcome = try QemuClient.run(name)
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("\(name): as it should be"), "\(outcome.output)")
    }

    @Test(.enabled(if: Qemu.refusals["10"] == .some(nil), "QEMU 10's packages cannot be had"))
    func `a host answers in the words of a real QEMU`() throws {
      let outcome = try QemuClient.run("words")
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("messages are answered as by QEMU"), "\(outcome.output)")
    }
  }
}
