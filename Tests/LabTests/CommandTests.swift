import BatonHost
import BatonLab
import Foundation
import Testing

/// What the command says of itself, and of arguments that cannot be.
@Suite(.timeLimit(.minutes(15)), .serialized)
struct CommandTests {
  /// Arguments that are refused, and what is named.
  static let impossible: [(arguments: [String], words: [String])] = [
    (["demo", "--queues", "0"], ["--queues 0", "1 to 256"]),
    (["demo", "--queues", "257"], ["--queues 257", "1 to 256"]),
    (["demo", "--rate", "0"], ["--rate 0"]), (["demo", "--rate", "100001"], ["--rate 100001"]),
    (["demo", "--handovers", "0"], ["--handovers 0"]),
    (["demo", "--switch-ms", "0"], ["--switch-ms 0", "1 to 3600000"]),
    (["demo", "--kill", "nonsense"], ["nonsense"]),
    (["demo", "--kill", "source@noon"], ["source@noon"]),
    (["charts", "Nonsense"], ["Nonsense", "Outgoing", "Tap"]),
    (["charts", "--format", "poster"], ["poster", "mermaid"]),
    (["charts", "--depth", "0"], ["--depth 0"]),
    (["charts", "--fold", "nonsense"], ["--fold nonsense"]),
    (["charts", "--coverage", "a.json"], ["--coverage", "html"]),
    (["host", "--control", "/tmp/c", "--queues", "0"], ["--queues 0"]),
    (["host", "--control", "/tmp/c", "--memory", "0"], ["--memory 0"]),
    (["host", "--control", "/tmp/c", "--tap", "sixteencharacters"], ["sixteencharacters"]),
    (["host", "--control", "/" + String(repeating: "x", count: 120)], ["--control", "longer"]),
    (["host", "--control", "/tmp/c", "--ip", "10.0.0"], ["10.0.0"]),
    (["host", "--control", "/tmp/c", "--mac", "01:00:00:00:00:00"], ["01:00:00:00:00:00"]),
    (["host", "--control", "/tmp/c", "--log-level", "loud"], ["loud"]),
    (["host", "--control", "/tmp/c", "--netdev", "tap,fd=2"], ["descriptor 2", "3 and above"]),
    (["net", "--socket", "/tmp/c", "--netdev", "tap,fds=0:1"], ["descriptor 0", "3 and above"]),
    (
      ["host", "--control", "/tmp/c", "--tap", "t0", "--netdev", "tap,id=net0,ifname=t1"],
      ["two netdevs are named net0"]
    ),
    (
      [
        "host", "--control", "/tmp/c", "--netdev", "tap,id=net1,ifname=a", "--netdev",
        "tap,ifname=b",
      ],
      ["two netdevs are named net1"]
    ),
    (
      ["relay", "--from", "/nonexistent/q", "--to", "/tmp/b"], ["/nonexistent/q", "no such socket"]
    ),
    (
      ["relay", "--from", "/tmp/a", "--exec", "qemu -qmp unix:/tmp/a,server=on"],
      ["--exec listens at /tmp/a", "--from"]
    ),
    (
      ["relay", "--from", "/tmp/a", "--exec", "qemu -chardev 'socket,id=m,path=/tmp/a,server=on'"],
      ["--exec listens at /tmp/a"]
    ),
    (
      ["relay", "--from", "/tmp/a", "--exec", "vm start --qmp /tmp/a"],
      ["--exec listens at /tmp/a"]
    ),
    (["relay", "--from", "/tmp/a", "--exec", "qemu -daemonize"], ["-daemonize"]),
    (["relay", "--from", "/tmp/a", "--exec", " "], ["--exec", "empty"]),
    (["relay", "--from", "/tmp/a", "--exec", "qemu -m 1 ;"], ["--exec", "';'"]),
    (["relay", "--from", "/tmp/a", "--exec", "qemu -m 1 &"], ["--exec", "'&'"]),
    (["relay", "--from", "/tmp/a", "--exec", "qemu -m 1 # new"], ["--exec", "comment"]),
    (["relay", "--from", "/tmp/a", "--exec", "qemu \\\n -m 1\n -smp 2"], ["--exec", "lines"]),
    (["relay", "--from", "/tmp/a", "--exec", "qemu 'a"], ["--exec", "quotation"]),
    (["relay", "--from", "/tmp/a", "--exec", "qemu &> log"], ["--exec", "'&'"]),
    (["relay", "--from", "/tmp/a", "--exec", "qemu \\\n# new"], ["--exec", "comment"]),
    // One command, so that the next thing is looked at.
    (
      ["relay", "--from", "/nonexistent/q", "--exec", "qemu -name 'a;b' \"(c)\" 2>&1 a#b\\;\n"],
      ["/nonexistent/q", "no such socket"]
    ),
    (["relay", "--from", "/tmp/a", "--to", "/tmp/a"], ["--from and --to", "/tmp/a"]),
    (["relay", "--from", "/tmp", "--to", "/tmp/b"], ["/tmp is no socket"]),
    (["host", "--control", "/tmp/c", "--bare", "--tap", "t0"], ["--bare", "--tap"]),
    (
      ["host", "--control", "/tmp/c", "--slots", "1", "--tap", "a", "--tap", "b"],
      ["--slots 1", "2 devices"]
    ),
    (["host", "--control", "/tmp/c", "--tap", "a%da%d"], ["a%da%d"]),
    (["host", "--control", "/tmp/c", "--netdev", "tap,ifname=a%s"], ["a%s"]),
    (["host", "--control", ""], ["--control", "is empty"]),
    (["host", "--control", "/tmp/c", "--netdev", "ifname=a"], ["'tap' is"]),
    (
      ["host", "--control", "/tmp/c", "--netdev", "tap,bogus=1,queues=0", "--netdev", "tap,fd=x"],
      ["bogus", "queues", "fd=x"]
    ),
    (["host"], ["--control"]), (["nonsense"], ["nonsense"]),
  ]

  @Test func `what cannot be is refused by name`() throws {
    for (arguments, words) in Self.impossible {
      let outcome = try Program.run(arguments)
      #expect(outcome.status == 64, "\(arguments)")
      let said = outcome.errors
      #expect(words.allSatisfy { said.contains($0) }, "\(arguments): \(said)")
      #expect(outcome.output == "")
    }
  }

  @Test func `what fails when it is done is no wrong argument, and leaves nothing`() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/start-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for arguments in [
      ["host", "--control", folder + "/a", "--tap", "lo"],
      ["net", "--socket", folder + "/b", "--tap", "lo"],
      ["net", "--socket", folder + "/c", "--netdev", "tap,netns=no-such-name,ifname=v"],
      ["host", "--control", "/nonexistent/a", "--bare"],
    ] {
      let outcome = try Program.run(arguments)
      #expect(outcome.status == 1, "\(arguments): \(outcome.errors)")
      #expect(!outcome.errors.contains("Usage"), "\(outcome.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }
  }

  @Test func `one open file under two numbers is no two netdevs`() throws {
    let text = """
      exec 7<>/dev/null 8<&7
      "$0" host --control /tmp/c --netdev tap,id=a,fd=7 --netdev tap,id=b,fd=8 2>&1 | head -n 1
      """
    #expect(
      try Program.shell(text) == "Error: descriptors 7 and 8 are the same open file\n")
  }

  @Test func `helps with every subcommand`() throws {
    let wanted = [
      "demo": ["--handovers", "--queues", "--rate", "--kill", "--json", "--trace", "taken"],
      "host": ["--control", "--tap", "--queues", "--incoming", "-S", "--no-local", "--trace"],
      "charts": ["--format", "--output", "mermaid", "dot", "svg"],
    ]
    let all = try Program.run(["--help"])
    for (command, words) in wanted {
      #expect(all.output.contains(command))
      let outcome = try Program.run([command, "--help"])
      #expect(outcome.status == 0)
      for word in words { #expect(outcome.output.contains(word), "\(command): \(word)") }
    }
  }

  /// Subcommands by what a help says of them, and those inside of them.
  private func subcommands(below path: [String] = []) throws -> [[String]] {
    let help = try Program.run(path + ["--help"]).output
    let names = help.components(separatedBy: "SUBCOMMANDS:\n").dropFirst().joined()
      .split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
      .compactMap { $0.split(separator: " ").first.map(String.init) }
      .filter { $0 != "See" }
    return try names.reduce(into: []) { all, name in
      all += try [path + [name]] + subcommands(below: path + [name])
    }
  }

  @Test func `a help says what a value is, in words`() throws {
    let all = try subcommands() + [["bridge-helper"]]
    #expect(all.count > 15 && all.contains(["scxml", "run"]))
    for command in all {
      let help = try Program.run(command + ["--help"]).output
      #expect(!help.contains("(value:") && !help.contains("Optional("), "\(command)")
      let word = /--([a-z-]+) <([^>]+)>/
      for match in help.matches(of: word) where match.1 == match.2 {
        // What an option is called says seldom what its value is.
        #expect(["name", "folder"].contains(match.1), "\(command) --\(match.1) <\(match.2)>")
      }
    }
  }

  @Test(arguments: [
    ("mermaid", "stateDiagram-v2"), ("dot", "digraph"), ("svg", "<svg"),
  ])
  func `draws every chart`(format: String, mark: String) throws {
    let all = try Program.run(["charts", "--format", format])
    #expect(all.status == 0)
    #expect(all.output.components(separatedBy: mark).count == ProjectCharts.outlines.count + 1)
    let one = try Program.run(["charts", "--format", format, "Tap"])
    #expect(one.output.components(separatedBy: mark).count == 2)
    #expect(all.output.contains(one.output.dropLast()))
  }

  @Test func `writes the drawings into a folder`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let outcome = try Program.run(["charts", "--format", "svg", "--output", folder.path])
    #expect(outcome.status == 0)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(files) == Set(ProjectCharts.outlines.map { "\($0.name).svg" }))
  }

  @Test(arguments: [["--depth", "1"], ["--fold", "device", "--fold", "setup"]])
  func `draws an overview`(options: [String]) throws {
    let outcome = try Program.run(["charts", "--format", "svg", "Outgoing"] + options)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("data-state=\"device\""))
    #expect(!outcome.output.contains("data-state=\"device."))
  }
}
