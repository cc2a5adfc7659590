import BatonCore
import Testing

@testable import BatonProof

/// Children of the simulated machine, which end when the test says so; CoreTests ask Linux.
@Suite(.timeLimit(.minutes(15))) struct SimulatedChildTests {
  final class Owner: ChildWatcher {
    var ends: [BatonCore.ExitStatus?] = []
    var watch: ChildWatch?
    var react: () -> Void = {}

    func ended(_ status: BatonCore.ExitStatus?, child: Int) {
      ends.append(status)
      react()
    }
  }

  let machine = SimulatedMachine()
  let kernel: SimulatedKernel
  let loop: VirtualLoop
  let owner = Owner()

  init() {
    machine.install("/bin/helper")
    kernel = machine.spawn(userID: 7)
    loop = VirtualLoop(kernel: kernel, asksKernel: true)
  }

  private func start(_ descriptors: ChildDescriptors = ChildDescriptors()) throws -> SimulatedKernel
  {
    let watch = try ChildWatch(
      loop, spawning: ChildProgram("/bin/helper"), lending: descriptors, calling: owner)
    owner.watch = watch
    return try #require(machine.child(watch.pid))
  }

  @Test(
    arguments: [
      (0, .exited(0)), (259, .exited(3)), (nil, .killed(signal: Signal.kill)),
    ] as [(CInt?, BatonCore.ExitStatus)])
  func `an end is told once, and the child is reaped`(
    code: CInt?, status: BatonCore.ExitStatus
  ) throws {
    let child = try start()
    #expect(!loop.poll() && child.isAlive && child.userID == 7)
    if let code { child.exit(code) } else { child.die() }
    #expect(loop.poll() && !loop.poll())
    #expect(owner.ends == [status])
    let pid = try #require(owner.watch?.pid)
    #expect(throws: SystemError(call: .openProcess, code: Errno.noProcess)) {
      try kernel.openProcess(pid)
    }
  }

  @Test func `it has what it was lent, and its end closes that`() throws {
    let (ours, its) = try kernel.socketPair()
    let child = try start(ChildDescriptors(input: its, output: its))
    kernel.close(its)
    #expect(child.openCount == 3)
    #expect(kernel.readiness(of: ours) == .write)
    child.exit(0)
    #expect(kernel.readiness(of: ours).contains(.read))
  }

  @Test func `a program that is not installed is ENOENT`() {
    #expect(throws: SystemError(call: .spawn, code: Errno.noEntry)) {
      try kernel.spawn(ChildProgram("/bin/other"), lending: ChildDescriptors())
    }
  }

  @Test func `with a full table nothing is started`() {
    for room in 0..<3 {
      kernel.plan.descriptorsLeft = room
      #expect(throws: SystemError(call: .spawn, code: Errno.processTableFull)) {
        try kernel.spawn(ChildProgram("/bin/helper"), lending: ChildDescriptors())
      }
    }
    #expect(kernel.openCount == 0)
  }

  @Test func `a watch that is dropped kills the child and reaps it`() throws {
    let child = try start()
    owner.watch = nil
    #expect(!child.isAlive && kernel.openCount == 0)
    #expect(!loop.poll() && owner.ends.isEmpty)
  }

  @Test func `a watch may be dropped in its own call`() throws {
    let child = try start()
    owner.react = { [owner] in owner.watch = nil }
    child.exit(1)
    #expect(loop.poll())
    #expect(owner.ends == [.exited(1)] && kernel.openCount == 0)
    owner.react = {}
  }

  @Test func `a child that ended before it was watched is told all the same`() throws {
    let (pid, pidfd) = try kernel.spawn(ChildProgram("/bin/helper"), lending: ChildDescriptors())
    machine.child(pid)?.exit(4)
    let handle = ProcessHandle(owning: Descriptor(owning: pidfd, in: kernel))
    owner.watch = ChildWatch(loop, owning: handle, pid: pid, calling: owner)
    #expect(loop.poll() && owner.ends == [.exited(4)])
  }

  @Test func `only who started a child may wait for it`() throws {
    let child = try start()
    let other = machine.spawn()
    let pidfd = try other.openProcess(child.processID)
    child.exit(0)
    #expect(throws: SystemError(call: .wait, code: Errno.noChild)) {
      try other.exitStatus(of: pidfd)
    }
    #expect(loop.poll() && owner.ends == [.exited(0)])
  }

  @Test func `signals that a child decides about are the test's affair`() throws {
    let child = try start()
    owner.watch?.signal(Signal.terminate)
    #expect(owner.watch?.hasStopped == false)
    owner.watch?.signal(Signal.stop)
    #expect(owner.watch?.hasStopped == true)
    #expect(child.signals == [Signal.terminate] && child.isStopped && child.isAlive)
    owner.watch?.signal(Signal.resume)
    #expect(owner.watch?.hasStopped == false && !child.isStopped)
  }
}
