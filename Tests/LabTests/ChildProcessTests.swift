import BatonCore
import BatonLab
import Testing

/// The laboratory's children; CoreTests ask how they are watched and reaped.
@Suite(.timeLimit(.minutes(15))) struct ChildProcessTests {
  let lab = Lab()

  @Test func `lines and the end come through the loop`() throws {
    let child = try ChildProcess(lab.loop, "/bin/sh", ["-c", "echo one; echo two; exit 3"])
    #expect(lab.wait(timeoutMillis: 20_000) { child.hasEnded && child.lines.count == 2 })
    #expect(child.lines == ["one", "two"])
    #expect(child.exitStatus == .exited(3))
  }

  @Test func `a program that is missing is refused by its path`() throws {
    let path = "/nonexistent/program"
    do {
      _ = try ChildProcess(lab.loop, path, [])
      Issue.record("it was started")
    } catch {
      #expect("\(error)" == "cannot start \(path): No such file or directory")
    }
  }

  @Test func `a line that announces a stop is waited for`() throws {
    let child = try ChildProcess(
      lab.loop, "/bin/sh", ["-c", "echo stopping at Door open; kill -STOP $$; exit 4"])
    #expect(lab.wait(timeoutMillis: 20_000) { child.isStopped })
    #expect(!child.hasEnded)
    child.resume()
    #expect(lab.wait(timeoutMillis: 20_000) { child.hasEnded })
    #expect(child.exitStatus == .exited(4))
  }
}
