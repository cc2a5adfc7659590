import Testing

@testable import BatonHost
@testable import BatonLab

extension ProcessTests {
  /// kill -9 at system calls of either side; `make soak` takes them all.
  @Suite(.timeLimit(.minutes(15))) struct KillSweepTests {
    @Test(.enabled(if: SystemCalls.refusal == nil, "\(SystemCalls.refusal ?? "")"))
    func `a death at any system call ends as it must`() throws {
      let outcome = try Program.run(["soak", "--real", "--every", "12"])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("source dies at") && outcome.output.contains("rescued"))
    }

    @Test(.enabled(if: SystemCalls.refusal == nil, "\(SystemCalls.refusal ?? "")"))
    func `a call that the kernel refuses costs no guest`() throws {
      let outcome = try Program.run(["soak", "--errors", "--every", "17"])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("source is refused"))
      #expect(outcome.output.contains("target is refused"))
    }

    @Test(arguments: [(600, 1), (60, 40)])
    func `one pair of processes hands a guest to and fro and does not grow`(
      handovers: Int, taps: Int
    ) throws {
      let outcome = try Program.run(["soak", "--pair", "\(handovers)", "--taps", "\(taps)"])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("\(handovers) handovers between two processes"))
    }

    @Test func `a log of strace is numbered by call`() {
      let log = """
        77    epoll_wait(4, [], 64, -1) = 0
        77 sendmsg(7, {msg_name=NULL}, 0) = 3
        77 --- SIGCHLD {si_signo=SIGCHLD} ---
        77 <... read resumed>"", 8) = 8
        12345 sendmsg(7, {msg_name=NULL}, 0 <unfinished ...>
        77 +++ killed by SIGKILL +++
        """
      #expect(
        KillSweep.points(log) == [
          .init(call: "epoll_wait", number: 1), .init(call: "sendmsg", number: 1),
          .init(call: "sendmsg", number: 2),
        ])
    }

    @Test func `simulated handovers are soaked by command`() throws {
      let outcome = try Program.run(["soak", "--cases", "200", "--every", "50"])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("200 simulated handovers with faults"))
      #expect(outcome.output.contains("seed 1, commit "))
    }
  }
}
