import BatonHost
import BatonLab
import Testing

extension ProcessTests {
  /// What each command answers in each state of a host, and that what it caused is told before:
  /// the rows of QEMU's table that `Scripts/check-qmp.py words` cannot ask a QEMU for, since they
  /// need a migration that stands, or a guest that is elsewhere.
  @Suite(.timeLimit(.minutes(15))) struct StateRuleTests {
    /// A command and what it is told; nil where it is carried out.
    struct Rule: Sendable {
      var command: String
      var arguments: [String: String] = [:]
      var refusal: String?
    }

    private static let nowhere = ["uri": "unix:/proc/nowhere/a"]

    /// While the guest stands still in `pre-switchover`.
    static let paused = [
      Rule(
        command: "migrate", arguments: nowhere, refusal: "There's a migration process in progress"),
      Rule(
        command: "migrate-incoming", arguments: nowhere,
        refusal: "'-incoming' was not specified on the command line"),
      Rule(
        command: "migrate-continue", arguments: ["state": "device"],
        refusal: "Migration not in expected state: pre-switchover (expected: device)"),
      Rule(
        command: "system_reset",
        refusal: "system_reset is not possible in run state finish-migrate"),
      Rule(
        command: "device_del", arguments: ["id": "net0"],
        refusal: "device_del not allowed while migrating"),
      Rule(
        command: "device_add", arguments: ["driver": "virtio-net-pci", "netdev": "n"],
        refusal: "device_add not allowed while migrating"),
      Rule(
        command: "migrate-recover", arguments: nowhere,
        refusal: "Migrate recover can only be run when postcopy is paused."),
      Rule(
        command: "migrate-pause",
        refusal: "migrate-pause is currently only supported during postcopy-active or "
          + "postcopy-recover state"
      ),
      Rule(command: "query-status"), Rule(command: "query-migrate"), Rule(command: "stop"),
      Rule(command: "cont"),
      Rule(command: "announce-self", refusal: "Parameter 'initial' is missing"),
    ]

    /// At a source whose guest is elsewhere.
    static let gone = [
      Rule(
        command: "migrate", arguments: nowhere,
        refusal: "Can't migrate the vm that was paused due to previous migration"),
      Rule(command: "cont", refusal: "cont is not possible in run state postmigrate"),
      Rule(command: "stop", refusal: "stop is not possible in run state postmigrate"),
      Rule(
        command: "system_reset", refusal: "system_reset is not possible in run state postmigrate"),
      Rule(
        command: "device_del", arguments: ["id": "net0"],
        refusal: "device_del is not possible in run state postmigrate"),
      Rule(
        command: "migrate-continue", arguments: ["state": "pre-switchover"],
        refusal: "Migration not in expected state: completed (expected: pre-switchover)"),
      Rule(command: "migrate_cancel"), Rule(command: "query-migrate"),
    ]

    private func check(_ rules: [Rule], _ stage: Stage, _ host: HostProcess) throws {
      for rule in rules {
        guard let refusal = rule.refusal else {
          try host.control.call(rule.command, rule.arguments)
          continue
        }
        let said = stage.refusal(host, rule.command, arguments: rule.arguments)
        #expect(said == refusal, "\(rule.command)")
      }
    }

    @Test func `a migration that stands, and a guest that is elsewhere, decide what is possible`()
      async throws
    {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try source.control.pause(true)
        try stage.beginMove(source, target)
        try stage.wait("the pause") { source.control.statuses.last == "pre-switchover" }
        // The guest stands still, and QEMU has a name for that.
        #expect(try stage.runState(source) == "finish-migrate")
        #expect(try stage.runState(target) == "inmigrate")
        try check(Self.paused, stage, source)
        let capability = [
          "capabilities": [["capability": "events", "state": true] as [String: Any]]
        ]
        let said = stage.refusal(source, "migrate-set-capabilities", arguments: capability)
        #expect(said == "There's a migration process in progress")
        // What QEMU tells of an attempt that lasts.
        let report = try source.control.call("query-migrate")
        #expect(report["status"] as? String == "pre-switchover")
        for key in ["ram", "total-time", "setup-time", "expected-downtime"] {
          #expect(report[key] != nil, "\(key)")
        }
        #expect((report["ram"] as? [String: Any])?["page-size"] as? Int == 4_096)
        try source.control.call("migrate-continue", ["state": "pre-switchover"])
        for host in [source, target] { try stage.expectEnd("completed", of: host) }
        #expect(try stage.runState(source) == "postmigrate")
        try stage.expectRunner(target, not: source)
        try check(Self.gone, stage, source)
        let last = try source.control.call("query-migrate")
        #expect(last["status"] as? String == "completed" && last["downtime"] as? Int ?? 0 > 0)
        try stage.expectFlow()
      }
    }

    /// Commands, and the events that each of them causes.
    static let causes: [(String, [String: String], [String])] = [
      ("stop", [:], ["STOP"]), ("stop", [:], []), ("cont", [:], ["RESUME"]), ("cont", [:], []),
      ("system_reset", [:], ["RESET"]), ("stop", [:], ["STOP"]), ("system_reset", [:], ["RESET"]),
      ("cont", [:], ["RESUME"]), ("device_del", ["id": "d1"], ["DEVICE_DELETED"]),
    ]

    @Test func `what a command has caused is told before its answer`() async throws {
      try await Stage.run { stage in
        let host = try stage.startSource("A", Stage.Wish(more: ["--slots", "2"]))
        try host.control.call("netdev_add", ["type": "tap", "id": "n1", "ifname": "tap1"])
        try host.control.call(
          "device_add", ["driver": "virtio-net-pci", "id": "d1", "netdev": "n1"])
        for (command, arguments, events) in Self.causes {
          let before = host.control.events.count
          // It returns with the answer, and what was told by then is there.
          try host.control.call(command, arguments)
          #expect(host.control.events.dropFirst(before).map(\.name) == events, "\(command)")
        }
        try stage.expectFlow()
        stage.expectLoss()
      }
    }

    @Test func `a path where nobody listens is taken, and has failed then`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        try source.control.call("migrate", Self.nowhere)
        try stage.expectRefusal(source, ["No such file or directory"])
        // Another mode of QEMU's is none of ours.
        try source.control.call("migrate-set-parameters", ["mode": "cpr-transfer"])
        let said = stage.refusal(source, "migrate", arguments: Self.nowhere)
        #expect(said == "missing 'cpr' migration channel")
        try source.control.call("migrate-set-parameters", ["mode": "cpr-reboot"])
        #expect(stage.refusal(source, "migrate", arguments: Self.nowhere).contains("'cpr-reboot'"))
      }
    }
  }
}
