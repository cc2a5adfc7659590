import Foundation
import Testing

/// Unmodified QEMUs, fetched from Debian's packages and started without being installed.
enum Qemu {
  private static let scripts = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Scripts")

  /// Where a script of ours is.
  static func path(of script: String) -> String { scripts.appending(path: script).path }

  /// What a script of ours leaves.
  static func script(_ name: String, _ arguments: [String]) throws -> Program.Outcome {
    try Program.execute([path(of: name)] + arguments)
  }

  /// Why a QEMU of this version cannot be had here; nil when it can.
  static func refusal(_ version: String) -> String? {
    do {
      let outcome = try script("qemu.sh", ["fetch", version])
      return outcome.status == 0 ? nil : outcome.errors.split(separator: "\n").last.map { "\($0)" }
    } catch {
      return "\(error)"
    }
  }

  static let refusals = Dictionary(
    uniqueKeysWithValues: ["10", "11"].map { ($0, refusal($0)) })

  /// Whether both can be had; the packages are Debian's, over the network.
  static var isThere: Bool { refusals.values.allSatisfy { $0 == nil } }
}

extension ProcessTests {
  /// Real guests: the backend is replaced under them, and QEMU is migrated to another one.
  @Suite(
    .serialized, .timeLimit(.minutes(10)),
    .enabled(if: Qemu.isThere, "QEMU's packages cannot be had: Scripts/qemu.sh fetch says why"))
  struct QemuTests {
    @Test(arguments: [("10", "memfd", 1), ("10", "shared-file", 4), ("11", "memfd", 2)])
    func `nothing is lost when backend and QEMU are replaced`(
      version: String, memory: String, queues: Int
    ) throws {
      let outcome = try Qemu.script(
        "demo-qemu.sh",
        [
          Program.path, "--qemu", version, "--memory", memory, "--queues", "\(queues)",
          "--takeovers", "2", "--migrations", "2", "--rate", "500",
        ])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains(" 0 lost, 0 twice"), "\(outcome.output)")
    }

    /// Migrations are cancelled, fail and succeed; QEMUs and backends are killed, all under one
    /// guest. Each case counts its own probes (`Scripts/faults-qemu.py`).
    @Test(arguments: [
      ("10", "memfd", 1, "cancel,target,refuse,backend,cpr,takeover,source"),
      ("10", "shared-file", 4, "ping,cancel,backend,takeover"),
      ("11", "memfd", 2, "target,cpr,backend,takeover"),
    ])
    func `who has the guest after a failure has it without a loss`(
      version: String, memory: String, queues: Int, cases: String
    ) throws {
      let outcome = try Qemu.script(
        "demo-qemu.sh",
        [
          "faults", Program.path, "--qemu", version, "--memory", memory, "--queues", "\(queues)",
          "--cases", cases,
        ])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      let verdict = " 0 lost where nothing may be, 0 twice, 0 out of order;"
      #expect(outcome.output.contains(verdict), "\(outcome.output)")
    }

    /// `baton relay` moves the guest, is told to quit, and is killed wherever it may be, with its
    /// QEMUs (`Scripts/relay-qemu.py`).
    @Test func `one command replaces a QEMU under its guest`() throws {
      let outcome = try Qemu.script("demo-qemu.sh", ["relay", Program.path])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains(" cases: 0 lost, 0 twice"), "\(outcome.output)")
    }

    /// `baton relay` moves a guest to a newer QEMU and back, and one whose QEMUs have TAPs of their
    /// own, where it says before what is lost.
    @Test func `a newer QEMU takes the guest over, and a TAP of its own loses frames`() throws {
      let outcome = try Qemu.script(
        "demo-qemu.sh", ["relay", Program.path, "--cases", "upgrade,taps"])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("3 cases: 0 lost, 0 twice"), "\(outcome.output)")
    }
  }
}
