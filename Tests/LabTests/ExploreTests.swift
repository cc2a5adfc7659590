import Foundation
import Testing

extension ProcessTests {
  @Suite(.timeLimit(.minutes(15))) struct ExploreTests {
    @Test func `explores a model and reports it as JSON`() throws {
      let outcome = try Program.run([
        "explore", "two-phase-commit", "--managers", "3", "--json", "-",
      ])
      #expect(outcome.status == 0, "\(outcome.errors)")
      let report = try outcome.json()
      #expect(
        Set(report.keys) == [
          "model", "states", "transitions", "depth", "seconds", "states_per_second",
          "bytes_per_state", "violations", "properties", "digest", "complete",
        ])
      #expect(report["states"] as? Int == 288 && report["transitions"] as? Int == 1_146)
    }

    @Test func `as many threads as are asked for find the same, and symmetry finds fewer`() throws {
      func counts(_ more: String...) throws -> [UInt64?] {
        let outcome = try Program.run(
          ["explore", "two-phase-commit", "--managers", "5", "--json", "-"] + more)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let report = try outcome.json()
        return ["states", "transitions", "digest"].map { report[$0] as? UInt64 }
      }
      let alone = try counts("--workers", "1")
      #expect(alone.prefix(2) == [8_832, 58_146])
      for workers in ["2", "3", "16"] { #expect(try counts("--workers", workers) == alone) }
      #expect(try counts() == alone)
      #expect(try counts("--symmetry").first == 314)
    }

    @Test func `prints the shortest way to what is violated`() throws {
      let outcome = try Program.run([
        "explore", "two-phase-commit", "--managers", "3", "--mistake", "earlyCommit",
      ])
      #expect(outcome.status == 1)
      #expect(outcome.output.contains("✗ no manager commits while another aborts, after 3 steps:"))
    }

    @Test func `the guest's chart is said in Promela with all its guards and actions`() throws {
      let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).pml")
      defer { try? FileManager.default.removeItem(at: file) }
      let outcome = try Program.run(["explore", "Guest", "--promela", file.path])
      #expect(outcome.status == 0, "\(outcome.errors)")
      let text = try String(contentsOf: file, encoding: .utf8)
      for word in ["was_running == 1", "is_booted == 1", "is_booted = 1"] {
        #expect(text.contains(word))
      }
    }

    @Test(arguments: [nil, "keepsTheDuty"]) func `explores who runs the down script`(
      mistake: String?
    ) throws {
      let seeded = mistake.map { ["--mistake", $0] } ?? []
      let outcome = try Program.run(["explore", "duty", "--attempts", "2"] + seeded)
      #expect(outcome.status == (mistake == nil ? 0 : 1), "\(outcome.errors)")
      #expect(outcome.output.contains("the down script is run once at most"))
    }

    @Test func `explores the handover and names each property with its states`() throws {
      let outcome = try Program.run([
        "explore", "handover", "--crashes", "1", "--hangs", "1", "--cancels", "1", "--refusals",
      ])
      #expect(outcome.status == 0, "\(outcome.output)")
      #expect(outcome.output.contains("1 at most one side runs the guest"))
      #expect(outcome.output.contains("✓ nothing is violated, and nothing is stuck"))
    }

    @Test(arguments: ["Outgoing", "Incoming", "Guest"])
    func `explores each chart alone`(chart: String) throws {
      let outcome = try Program.run(["explore", chart])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("every event is expected"))
    }

    @Test func `draws the shortest way, for a terminal and as a page with both charts`() throws {
      let page = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID()).html")
      defer { try? FileManager.default.removeItem(at: page) }
      let outcome = try Program.run([
        "explore", "handover", "--mistake", "trustsItsKill", "--html", page.path,
      ])
      #expect(outcome.status == 1)
      let lines = outcome.output.split(separator: "\n")
      #expect(lines.contains { $0.hasPrefix("source") && $0.hasSuffix("word") })
      #expect(lines.contains { $0.contains("● does handOver") && $0.hasSuffix("offered") })
      let text = try String(contentsOf: page, encoding: .utf8)
      for part in ["chart-Outgoing", "chart-Incoming", "owner(condemned)", "can happen next"] {
        #expect(text.contains(part), "\(part)")
      }
    }

    @Test(arguments: [
      (["explore", "nothing"], "no model is named nothing"),
      (["explore", "two-phase-commit", "--managers", "15"], "--managers 15 is not possible"),
      (["explore", "duty", "--workers", "0"], "--workers 0 is not possible: 1 to 256 are"),
      (["explore", "duty", "--symmetry"], "--symmetry goes with two-phase-commit"),
    ])
    func `says what is wrong with its arguments`(words: [String], reason: String) throws {
      let outcome = try Program.run(words)
      #expect(outcome.status == 64 && outcome.errors.contains(reason), "\(outcome.errors)")
    }
  }
}
