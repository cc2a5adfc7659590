import BatonCore
import BatonHost
import BatonLab
import Foundation
import Testing

extension ProcessTests {
  /// Files that a command is to write or to read, and that cannot be: told in a line, and before
  /// any work.
  @Suite(.timeLimit(.minutes(15))) struct FileTests {
    static let none = "/nonexistent/x: open: No such file or directory (ENOENT)"
    static let full = "/dev/full: write: No space left on device (ENOSPC)"
    static let folder = "/tmp: open: Is a directory (EISDIR)"

    /// Arguments, with FILE for one that holds a trace's line, and the one line that is told.
    static let outputs: [(arguments: [String], line: String)] = [
      (["charts", "Guest", "--output", "/dev/null"], "/dev/null: mkdir: File exists (EEXIST)"),
      (["explore", "Guest", "--json", "/nonexistent/x"], none),
      (["explore", "Guest", "--json", "/dev/full"], full),
      (["explore", "Guest", "--coverage", "/tmp"], folder),
      (["explore", "Guest", "--promela", "/nonexistent/x"], none),
      (["explore", "Guest", "--html", "/dev/full"], full),
      (["explore", "Ring", "--promela", "/dev/full"], full),
      (["paths", "Guest", "--output", "/dev/full"], full),
      (["paths", "Guest", "--format", "json", "--output", "/tmp"], folder),
      (["mutate", "--json", "/nonexistent/x"], none),
      (["demo", "--report", "/nonexistent/x"], none), (["demo", "--json", "/tmp"], folder),
      (["demo", "--trace", "/nonexistent/x"], none),
      (["trace", "FILE", "--page", "/dev/full"], full),
      (["trace", "FILE", "--perfetto", "/nonexistent/x"], none),
    ]

    /// Of outputs that would take one another's place.
    static let pairs: [(arguments: [String], options: String)] = [
      (["demo", "--json", "-", "--report", "-"], "--json and --report"),
      (["demo", "--trace", "./x", "--report", "x"], "--trace and --report"),
      (
        ["explore", "Guest", "--json", "/tmp/x", "--coverage", "/tmp/../tmp/x"], "--json and --cov"
      ),
      (["trace", "FILE", "--page", "-", "--perfetto", "-"], "--perfetto and --page"),
      (["relay", "--from", "FILE", "--to", "x", "--json", "x", "--trace", "x"], "--json and --tr"),
    ]

    /// Arguments of files that are missing, and the one line that is told.
    static let inputs: [(arguments: [String], line: String)] = [
      (["replay", "/nonexistent/x"], none), (["watch", "/nonexistent/x"], none),
      (["watch", "/tmp"], "/tmp: read: Is a directory (EISDIR)"),
      (["trace", "/nonexistent/x", "--page", "-"], none),
      (["charts", "--format", "html", "--coverage", "/nonexistent/x", "Guest"], none),
      (["mutate", "--explained", "/nonexistent/x"], none),
      (["mutate", "--explained", "/tmp"], "/tmp: read: Is a directory (EISDIR)"),
      (["scxml", "test", "/nonexistent/x"], "baton scxml: \(none)"),
      (["scxml", "run", "CHART", "--script", "/nonexistent/x"], none),
      (["net", "--config", "/nonexistent/x"], "baton net: \(none)"),
      (["scxml", "check", "/nonexistent/x"], "baton check: \(none)"),
      (["charts", "/nonexistent/x.mmd"], "baton charts: /nonexistent/x.mmd: open: No such file"),
    ]

    @Test(arguments: outputs)
    func `what cannot be written is told`(arguments: [String], line: String) throws {
      try expect(1, arguments, line)
    }

    @Test(arguments: ["--json", "--trace"])
    func `a relay that has begun nothing says nothing of the guest`(option: String) throws {
      let path = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())").path
      let kernel = Kernel()
      let socket = try kernel.listen(path: #require(SocketPath(path)), backlog: 1)
      defer {
        kernel.close(socket)
        try? FileManager.default.removeItem(atPath: path)
      }
      try expect(
        73, ["relay", "--from", path, "--exec", "true", option, "/nonexistent/x"],
        option == "--json" ? Self.none : "baton relay: \(Self.none)")
    }

    @Test(arguments: pairs)
    func `one place for two outputs is refused`(arguments: [String], options: String) throws {
      try withFiles { words in
        let outcome = try Program.run(words(arguments))
        #expect(outcome.status == 64 && outcome.errors.contains(options), "\(outcome.errors)")
      }
    }

    @Test func `a demo's trace may be a FIFO`() throws {
      try withFiles { words in
        let fifo = words(["FILE"])[0] + ".fifo"
        // A reader that is there before the demo is, and leaves when the last writer has left.
        let reader = """
          import os, select, subprocess, sys
          os.mkfifo(sys.argv[2])
          end = os.open(sys.argv[2], os.O_RDONLY | os.O_NONBLOCK)
          demo = subprocess.Popen(
              [sys.argv[1], "demo", "--handovers", "1", "--trace", sys.argv[2]], stdout=2)
          poll = select.poll()
          poll.register(end, select.POLLIN)
          while poll.poll() and (data := os.read(end, 65536)):
              os.write(1, data)
          os.close(end)
          sys.exit(demo.wait())
          """
        let outcome = try Program.execute([
          "/usr/bin/env", "python3", "-c", reader, Program.path, fifo,
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n")
        for chart in ["Outgoing", "Incoming"] {
          let end = lines.last { $0.contains("\"machine\":\"\(chart) ") }
          #expect(end?.contains("\"to\":\"completed\"") == true, "\(end ?? "no line")")
        }
      }
    }

    @Test func `a coverage may say as little as the guide's`() throws {
      try withFiles { words in
        let file = words(["FILE"])[0]
        let root = URL(filePath: #filePath).deletingLastPathComponent()
          .deletingLastPathComponent().deletingLastPathComponent()
        let guide = try String(
          contentsOf: root.appending(path: "docs/WATCHING.md"), encoding: .utf8)
        let text = try #require(guide.split(separator: "`").first { $0.hasPrefix("{\"charts\":") })
        try Data(text.utf8).write(to: URL(filePath: file))
        let outcome = try Program.run(
          ["charts", "Guest", "--format", "html", "--coverage", file])
        #expect(
          outcome.status == 0 && outcome.output.contains("\"running\":3"), "\(outcome.errors)")
      }
    }

    @Test(arguments: inputs)
    func `what cannot be read is told`(arguments: [String], line: String) throws {
      let isChart = line.hasPrefix("baton c") || line.hasPrefix("baton scxml")
      try expect(isChart ? 2 : 1, arguments, line)
    }

    @Test(arguments: [
      ([], "no document ends in .txml or .scxml"), (["a.xml"], "no document ends in .txml"),
      (["a.txml", "manifest.xml"], "none of 1 documents is a test: the manifest names none"),
      (["a.txml", "b.txml", "manual.xml"], "none of 2 documents is a mandatory test: --all runs"),
    ])
    func `a folder without tests is told as one that is missing`(
      names: [String], reason: String
    ) throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let manual = "<test manual='true'><start uri='a.txml'/></test>"
      for name in names {
        let text = "<assert>\(name == "manual.xml" ? manual : "")</assert>"
        let isManifest = name.hasPrefix("man")
        try Data("<assertions>\(text)</assertions>".utf8)
          .write(to: folder.appending(path: isManifest ? "manifest.xml" : name))
      }
      let line = "baton scxml: \(folder.path): no tests: \(reason)"
      try expect(2, ["scxml", "test", folder.path], line)
    }

    @Test(arguments: [
      ["charts", "Guest"], ["paths", "Guest"], ["explore", "Guest", "--json", "-"], ["--help"],
      ["demo", "--help"], ["--version"], ["trace", "FILE", "--page", "-"], ["check", "Guest"],
      ["replay", "FILE"], ["watch", "FILE"], ["scxml", "run", "CHART"],
    ])
    func `a standard output that is full is told`(arguments: [String]) throws {
      try withFiles { words in
        let shell = ["/bin/bash", "-c", "exec \"$0\" \"$@\" >/dev/full", Program.path]
        let outcome = try Program.execute(shell + words(arguments))
        #expect(outcome.status == 1)
        let told = "standard output: write: No space left on device (ENOSPC)\n"
        #expect(outcome.errors == told, "\(outcome.errors)")
      }
    }

    @Test func `a standard output that is closed is told`() throws {
      let shell = ["/bin/bash", "-c", "exec \"$0\" \"$@\" >&-", Program.path]
      let outcome = try Program.execute(shell + ["charts", "Guest"])
      #expect(outcome.status == 1)
      #expect(outcome.errors == "standard output: write: Bad file descriptor (EBADF)\n")
    }

    @Test func `a demo ends with what its trace has lost`() throws {
      let outcome = try Program.run(["demo", "--handovers", "1", "--trace", "/dev/full"])
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("\(Self.full); "), "\(outcome.errors)")
      #expect(outcome.errors.contains(" lines of the trace are lost"), "\(outcome.errors)")
    }

    @Test func `what was there stays when nothing is written, and nothing is made`() throws {
      try withFiles { words in
        let file = words(["FILE"])[0]
        let before = try Data(contentsOf: URL(filePath: file))
        #expect(try Program.run(["paths", "Guest", "--limit", "2", "--output", file]).status == 2)
        #expect(try Data(contentsOf: URL(filePath: file)) == before)
        let new = file + ".new"
        #expect(try Program.run(["paths", "Guest", "--limit", "2", "--output", new]).status == 2)
        #expect(!FileManager.default.fileExists(atPath: new))
      }
    }

    @Test(arguments: [("SIGINT", true), ("SIGTERM", false)])
    func `who is interrupted leaves what was there, and nothing else`(
      name: String, wasThere: Bool
    ) throws {
      try withFiles { words in
        let file = words(["FILE"])[0] + (wasThere ? "" : ".new")
        // Threads of the tests block signals, and whoever they start inherits that.
        let script = """
          import os, signal, subprocess, sys
          signal.pthread_sigmask(signal.SIG_SETMASK, [])
          walk = subprocess.Popen(
              [sys.argv[1], "explore", "two-phase-commit", "--managers", "8",
               "--json", sys.argv[2]], stdout=subprocess.DEVNULL,
              stderr=subprocess.PIPE)
          assert b" states" in walk.stderr.readline()
          walk.send_signal(signal.\(name))
          print(signal.Signals(-walk.wait()).name)
          """
        let before = FileManager.default.contents(atPath: file)
        #expect((before != nil) == wasThere)
        let outcome = try Program.execute([
          "/usr/bin/env", "python3", "-c", script, Program.path, file,
        ])
        #expect(outcome.output == "\(name)\n", "\(outcome.errors)")
        #expect(FileManager.default.contents(atPath: file) == before)
      }
    }

    @Test func `a page goes to standard output`() throws {
      try withFiles { words in
        let outcome = try Program.run(words(["trace", "FILE", "--page", "-"]))
        #expect(outcome.status == 0 && outcome.output.hasPrefix("<!DOCTYPE html>"))
      }
    }

    @Test(arguments: [
      ("", 1, "is empty"), ("{\n\"charts\": x}", 2, "is no JSON"), ("{\"charts\":\n[", 2, "early"),
      ("{\"charts\":1}", 1, "charts: is no list"), ("{}", 1, "charts is missing"),
    ])
    func `a coverage that is none is told with its line`(
      text: String, line: Int, reason: String
    ) throws {
      try told(["charts", "Guest", "--format", "html", "--coverage"], text, line, reason)
    }

    @Test(arguments: [
      ("", 1, "is empty"), ("# all\r\nOutgoing x", 2, "Outgoing x"),
      ("# all\nOutgoing x", 2, "is no mutant, a tab and the reason"),
      ("\t", 1, "is no mutant"), ("Outgoing x\t", 1, "is no mutant"),
    ])
    func `survivors that are none are told with their line`(
      text: String, line: Int, reason: String
    ) throws {
      try told(["mutate", "--explained"], text, line, reason)
    }

    @Test func `a hunt of no mutant has no score`() throws {
      let outcome = try Program.run(["mutate", "--every", "5000"])
      #expect(outcome.status == 1 && outcome.output == "", "\(outcome.output)")
      #expect(outcome.errors.contains("--every 5000"), "\(outcome.errors)")
    }

    /// Runs it with a file of this text, of which the line is told.
    private func told(_ arguments: [String], _ text: String, _ line: Int, _ why: String) throws {
      let file = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
      try Data(text.utf8).write(to: file)
      defer { try? FileManager.default.removeItem(at: file) }
      let outcome = try Program.run(arguments + [file.path])
      #expect(outcome.status == 1 && outcome.output == "")
      let isTold = outcome.errors.hasPrefix("\(file.path):\(line): ")
      #expect(isTold && outcome.errors.contains(why), "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    private func expect(_ status: Int32, _ arguments: [String], _ line: String) throws {
      try withFiles { words in
        let outcome = try Program.run(words(arguments))
        #expect(outcome.status == status)
        let lines = outcome.errors.split(separator: "\n").filter { !$0.contains(" states, depth ") }
        #expect(lines.count == 1 && lines[0].hasPrefix(line), "\(outcome.errors)")
        #expect(outcome.output == "")
      }
    }

    /// Gives what puts the paths of a trace and of a chart into arguments.
    private func withFiles(_ body: (([String]) -> [String]) throws -> Void) throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let (trace, chart) = (folder.appending(path: "trace"), folder.appending(path: "a.scxml"))
      let line = """
        {"t_ns":1,"machine":"Guest A","chart":"Guest","event":"boot","transition":0,\
        "from":"blank","to":"running","outcome":"taken"}

        """
      try Data(line.utf8).write(to: trace)
      let document = "<scxml xmlns='http://www.w3.org/2005/07/scxml'><final id='a'/></scxml>"
      try Data(document.utf8).write(to: chart)
      try body { arguments in
        arguments.map { $0 == "FILE" ? trace.path : $0 == "CHART" ? chart.path : $0 }
      }
    }
  }
}
