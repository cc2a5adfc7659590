import BatonHost
import BatonLab
import Foundation
import Testing

extension ProcessTests {
  /// `baton demo` as users run it, with the keys that scripts read.
  @Suite(.timeLimit(.minutes(15))) struct DemoTests {
    /// The keys of issue and manual, and what is told besides.
    private static let top: Set = ["tap", "queues", "handovers", "probe", "complaints"]
    private static let handover: Set = [
      "index", "status", "blackout_us", "phases_us", "mutating_calls_before_take", "tx_dropped",
      "descriptors", "runner",
    ]
    private static let phases: Set = [
      "stop", "quiesce", "save", "send", "load", "take", "apply", "start",
    ]
    private static let probe: Set = [
      "sent", "received", "lost", "duplicated", "reordered", "corrupted", "longest_gap_us",
      "median_rtt_us",
    ]

    @Test(arguments: [1, 4])
    func `hands over and reports it as JSON`(queues: Int) throws {
      let outcome = try Program.run([
        "demo", "--handovers", "3", "--queues", "\(queues)", "--rate", "500", "--json", "-",
      ])
      #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
      let report = try outcome.json()
      #expect(Set(report.keys) == Self.top)
      #expect(report["queues"] as? Int == queues)
      #expect(report["complaints"] as? [String] == [])
      let handovers = try #require(report["handovers"] as? [[String: Any]])
      #expect(handovers.map { $0["index"] as? Int } == [1, 2, 3])
      for handover in handovers {
        #expect(Set(handover.keys) == Self.handover)
        #expect(handover["status"] as? String == "completed")
        #expect(handover["mutating_calls_before_take"] as? Int == 0)
        #expect(handover["tx_dropped"] as? Int == 0)
        let phases = try #require(handover["phases_us"] as? [String: Double])
        #expect(Set(phases.keys) == Self.phases)
        let sum = phases.values.reduce(0, +)
        let blackout = try #require(handover["blackout_us"] as? Double)
        #expect(abs(sum - blackout) < 1, "the phases are the blackout")
      }
      let probe = try #require(report["probe"] as? [String: Int])
      #expect(Set(probe.keys) == Self.probe)
      for key in ["lost", "duplicated", "reordered", "corrupted"] { #expect(probe[key] == 0) }
      #expect(probe["sent"] == probe["received"])
      #expect(try #require(probe["sent"]) > 100)
    }

    @Test func `writes the report to a file and a summary for people`() throws {
      try withFile { file in
        let outcome = try Program.run(["demo", "--handovers", "1", "--json", file.path])
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        for phase in Self.phases { #expect(outcome.output.contains(phase)) }
        for word in ["lost                 0", "median blackout", "all that was asked for"] {
          #expect(outcome.output.contains(word))
        }
        let report = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        #expect((report as? [String: Any])?["tap"] is String)
      }
    }

    @Test func `traces all processes into one file`() throws {
      try withFile { file in
        let outcome = try Program.run(["demo", "--handovers", "2", "--trace", file.path])
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        var ended: Set<String> = []
        for line in lines {
          let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
          let record = try #require(object as? [String: Any], "\(line)")
          let machine = try #require(record["machine"] as? String)
          if record["to"] as? String == "completed" { ended.insert(machine) }
          #expect(record["outcome"] as? String != "unexpected", "\(line)")
        }
        #expect(ended == ["Outgoing A", "Incoming A", "Outgoing B", "Incoming B"])
      }
    }

    @Test(arguments: ["source@offered", "source@taken", "target@offered", "target@taken"])
    func `kills one of the two and shows who goes on`(point: String) throws {
      let outcome = try Program.run(["demo", "--kill", point, "--json", "-"])
      #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
      let handovers = try #require(outcome.json()["handovers"] as? [[String: Any]])
      #expect(handovers.count == 2)
      #expect(handovers[0]["killed"] as? String == point)
      let runner = try #require(handovers[0]["runner"] as? String)
      #expect(runner == (point.hasPrefix("source") ? "target" : "source"))
      #expect(handovers[1]["status"] as? String == "completed")
    }

    @Test(.enabled(if: OtherUser.refusal == nil, "\(OtherUser.refusal ?? "")"))
    func `an ordinary user needs nobody's leave, or is told what is missing`() throws {
      let needs = [
        ("user namespaces", ["/usr/bin/unshare", "--user", "--net", "--map-root-user", "true"]),
        ("/dev/net/tun", ["/bin/sh", "-c", "exec 3<>/dev/net/tun"]),
      ]
      let missing = needs.first { !Program.runs($0.1, launcher: OtherUser.launcher) }?.0
      let outcome = try Program.run(["demo", "--handovers", "1"], launcher: OtherUser.launcher)
      #expect(outcome.status == (missing == nil ? 0 : 1), "\(outcome.errors)")
      #expect(missing.map(outcome.errors.contains) ?? true, "\(outcome.errors)")
    }

    private func withFile(_ body: (URL) throws -> Void) throws {
      let file = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
      defer { try? FileManager.default.removeItem(at: file) }
      try body(file)
    }
  }
}
