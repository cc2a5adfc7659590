import BatonCore

/// strace(1) beside a host.
extension KillSweep {
  /// How long strace may take to end when it is asked to, in milliseconds.
  private static let letGoMillis: UInt64 = 5_000

  /// Attaches strace to a process, and waits until it says that it has.
  ///
  /// It says so when the process is stopped for it. The kernel names a tracer (TracerPid) before
  /// that: on a busy machine a whole handover fits between the two, and nothing is traced. A
  /// process that serves a guest may come to the call at which it is to die at once.
  func trace(_ host: HostProcess, _ arguments: [String]) throws -> ChildProcess {
    // It speaks on its standard error.
    let tracer = try ChildProcess(
      lab.loop, "/bin/sh",
      ["-c", "exec \"$0\" \"$@\" 2>&1", "/usr/bin/strace", "-f", "-p", "\(host.child.pid)"]
        + arguments)
    let isAttached = { tracer.lines.contains { $0.contains(" attached") } }
    lab.wait(timeoutMillis: Self.timeoutMillis) {
      isAttached() || tracer.hasEnded || host.hasEnded
    }
    guard isAttached() || host.hasEnded else {
      for line in tracer.lines { say(line) }
      throw Failure.notTraced
    }
    return tracer
  }

  /// Lets strace go. Its log is whole when it has ended, not when it has let go of its process.
  ///
  /// One that does not end when it is asked to is killed: the kernel lets go for it (ptrace(2)).
  func end(_ tracer: ChildProcess) throws {
    tracer.signal(Signal.terminate)
    if lab.wait(timeoutMillis: Self.letGoMillis, until: { tracer.hasEnded }) { return }
    say("strace does not end on SIGTERM and is killed")
    for line in tracer.lines { say(line) }
    tracer.signal(Signal.kill)
    guard lab.wait(timeoutMillis: Self.timeoutMillis, until: { tracer.hasEnded }) else {
      throw Failure.notTraced
    }
  }
}
