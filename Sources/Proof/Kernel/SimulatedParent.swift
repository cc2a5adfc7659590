public import BatonCore
import BatonTesting

/// What a process of a ``SimulatedMachine`` can do about others: start them, signal them, and learn
/// how they ended.
///
/// A child runs no program: the test plays it with ``SimulatedMachine/child(_:)`` and decides when
/// and how it ends. SIGKILL ends it and SIGSTOP stops it, as they do everybody.
public class SimulatedParent: SimulatedSystem {
  public override func openProcess(_ pid: Int32) throws(SystemError) -> CInt {
    try enter(.openProcess)
    guard let found = machine.processes.first(where: { $0.id == pid }),
      found.isAlive || found.exitStatus != nil
    else {
      throw SystemError(call: .openProcess, code: Errno.noProcess)
    }
    return try add(SimulatedProcessFile(found), .openProcess)
  }

  private func process(of pidfd: CInt, _ call: Call) throws(SystemError) -> SimulatedProcess {
    guard let handle = try file(pidfd, call) as? SimulatedProcessFile else {
      throw SystemError(call: call, code: Errno.badDescriptor)
    }
    return handle.process
  }

  public override func signalProcess(_ pidfd: CInt, _ signal: CInt) throws(SystemError) {
    try enter(.signalProcess)
    let target = try process(of: pidfd, .signalProcess)
    guard target.isAlive else {
      // A zombie takes every signal and does nothing about it.
      if target.exitStatus != nil { return }
      throw SystemError(call: .signalProcess, code: Errno.noProcess)
    }
    switch signal {
    case 0: break  // A question.
    case Signal.kill: machine.kill(target)
    case Signal.stop: target.isStopped = true
    case Signal.resume: target.isStopped = false
    default: target.signals.append(signal)
    }
  }

  /// A simulated child starts nothing.
  public override func signalGroup(of leader: Int32, _ signal: CInt) throws(SystemError) {
    try enter(.signalGroup)
  }

  public override func exitStatus(of pidfd: CInt) throws(SystemError) -> ExitStatus? {
    try enter(.wait)
    let child = try child(of: pidfd)
    guard !child.isAlive else { return nil }
    defer { child.exitStatus = nil }
    return child.exitStatus
  }

  /// A child of this process that was not reaped.
  private func child(of pidfd: CInt) throws(SystemError) -> SimulatedProcess {
    let child = try process(of: pidfd, .wait)
    guard child.parent === process, child.isAlive || child.exitStatus != nil else {
      throw SystemError(call: .wait, code: Errno.noChild)
    }
    return child
  }

  public override func spawn(
    _ program: ChildProgram, lending descriptors: ChildDescriptors
  ) throws(SystemError) -> (pid: Int32, pidfd: CInt) {
    try enter(.spawn)
    var files: [SimulatedFile] = []
    for number in [descriptors.input, descriptors.output, descriptors.error] {
      // What the process shares with the test is not simulated.
      files.append(number < 3 ? SimulatedFile() : try file(number, .spawn))
    }
    guard process.hasRoom(for: files.count) else {
      throw SystemError(call: .spawn, code: Errno.processTableFull)
    }
    guard machine.hasProgram(program.path) else {
      throw SystemError(call: .spawn, code: Errno.noEntry)
    }
    let child = machine.fork(process, files)
    return (child.id, try add(SimulatedProcessFile(child), .spawn))
  }

  public override func awaitEnd(of pidfd: CInt) throws(SystemError) {
    try enter(.wait)
    let isAlive = try child(of: pidfd).isAlive
    precondition(!isAlive, "a simulated child ends by the test alone")
  }

  public override func hasStopped(_ pidfd: CInt) throws(SystemError) -> Bool {
    try enter(.wait)
    let child = try child(of: pidfd)
    return !child.isAlive || child.isStopped
  }

  public override func stopSelf() { process.isStopped = true }

  public override func raiseDescriptorLimit() {}
}
