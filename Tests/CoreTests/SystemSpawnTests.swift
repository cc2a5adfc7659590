import BatonCore
import Foundation
import Testing

/// What a child is given and what it is not.
@Suite(.timeLimit(.minutes(15))) struct SystemSpawnTests {
  let kernel = Kernel()

  /// What a script writes to its standard output and error, with `input` as its input.
  private func output(
    of script: String, _ arguments: [String] = [], environment: [String]? = nil,
    input: String = ""
  ) throws -> String {
    let (ours, its) = try kernel.pair()
    let program = ChildProgram(
      "/bin/sh", ["-c", script] + arguments, environment: environment)
    let number = its.value.number
    // Before the start: the socket is not blocking, and the shell would find nothing to read.
    if !input.isEmpty { try kernel.write(ours.value.number, Array(input.utf8)) }
    let (_, pidfd) = try kernel.spawn(
      program, lending: ChildDescriptors(input: number, output: number, error: number))
    let handle = ProcessHandle(owning: Descriptor(owning: pidfd, in: kernel))
    try kernel.drop(its)
    kernel.awaitReadable(handle.number)
    #expect(try handle.exitStatus() == .exited(0))
    kernel.awaitReadable(ours.value.number)
    return String(decoding: try kernel.read(ours.value.number), as: UTF8.self)
  }

  @Test func `arguments arrive as they are`() throws {
    let text = try output(of: #"printf '%s|' "$0" "$@""#, ["a", "b c", "", "ü\"$"])
    #expect(text == "a|b c||ü\"$|")
  }

  @Test func `the environment is ours, or what was said`() throws {
    #expect(try output(of: "echo $HOME$A", environment: ["A=b"]) == "b\n")
    #expect(try output(of: "echo ${PATH:+set}") == "set\n")
  }

  @Test func `standard input, output and error are what was lent`() throws {
    #expect(try output(of: "read a; echo $a; echo bad >&2", input: "good\n") == "good\nbad\n")
  }

  @Test func `the child has three descriptors and no more`() throws {
    // The fourth is the folder that ls reads.
    let text = try output(of: "exec ls /proc/self/fd")
    #expect(text == "0\n1\n2\n3\n")
  }

  @Test func `numbers 0 to 2 may be lent crosswise`() throws {
    // The output goes where our error goes and the error where our output goes.
    let (ours, its) = try kernel.pair()
    let (_, pidfd) = try kernel.spawn(
      ChildProgram(
        "/bin/sh", ["-c", "a=$(readlink /proc/$$/fd/1 /proc/$$/fd/2); echo \"$a\" >&0"]),
      lending: ChildDescriptors(input: its.value.number, output: 2, error: 1))
    let handle = ProcessHandle(owning: Descriptor(owning: pidfd, in: kernel))
    kernel.awaitReadable(handle.number)
    let links = try [2, 1].map {
      try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
    }
    kernel.awaitReadable(ours.value.number)
    let text = String(decoding: try kernel.read(ours.value.number), as: UTF8.self)
    #expect(text == links.map { $0 + "\n" }.joined())
    #expect(try handle.exitStatus() == .exited(0))
  }

  @Test func `a signal that we ignore or block ends the child`() async {
    // What signals do belongs to the whole process, so the test has one of its own.
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      signal(SIGPIPE, SIG_IGN)
      var blocked = sigset_t()
      sigfillset(&blocked)
      pthread_sigmask(SIG_BLOCK, &blocked, nil)
      for number in [Signal.terminate, SIGPIPE] {
        let (_, pidfd) = try kernel.spawn(
          ChildProgram("/bin/sh", ["-c", "kill -\(number) $$"]), lending: ChildDescriptors())
        kernel.awaitReadable(pidfd)
        guard try kernel.exitStatus(of: pidfd) == .killed(signal: number) else { exit(1) }
      }
    }
  }

  @Test func `a pidfd is close-on-exec`() throws {
    let (_, pidfd) = try kernel.spawn(ChildProgram("/bin/true"), lending: ChildDescriptors())
    let descriptor = Descriptor(owning: pidfd, in: kernel)
    let handle = ProcessHandle(owning: descriptor)
    let info = try String(contentsOfFile: "/proc/self/fdinfo/\(pidfd)", encoding: .utf8)
    #expect(info.contains("flags:\t02000002"))
    kernel.awaitReadable(handle.number)
    #expect(try handle.exitStatus() == .exited(0))
  }

  @Test func `with a full table nothing is started`() async {
    // The limit is the whole process', so the test has one of its own.
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      var usual = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual)
      let limits = [3, 4, 5].map { rlim_t($0) }
      for limit in limits {
        var limit = rlimit(rlim_cur: limit, rlim_max: usual.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        do throws(SystemError) {
          _ = try kernel.spawn(
            ChildProgram("/bin/sh", ["-c", "kill -9 $PPID"]), lending: ChildDescriptors())
          exit(1)
        } catch {
          guard error == SystemError(call: .spawn, code: Errno.processTableFull) else { exit(2) }
        }
      }
      // A leak checker opens files when the process ends.
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual)
      // No child was left, alive or dead.
      exit(waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD ? 0 : 3)
    }
  }
}
