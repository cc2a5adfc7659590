import BatonCore
import Foundation
import Testing

/// Real children on the real loop; ProofTests ask the same of the simulated ones.
@Suite(.timeLimit(.minutes(15))) struct ChildWatchTests {
  let kernel = Kernel()
  let loop = EventLoop(kernel: Kernel())

  /// Holds a child, and notes its end.
  final class Owner: ChildWatcher {
    var ends: [(status: BatonCore.ExitStatus?, child: Int)] = []
    var watch: ChildWatch?
    var react: () -> Void = {}
    var onDeinit: () -> Void = {}

    deinit { onDeinit() }

    func ended(_ status: BatonCore.ExitStatus?, child: Int) {
      ends.append((status, child))
      react()
    }

    func start(_ loop: any Loop, _ path: String, _ arguments: String..., id: Int = 0) throws {
      watch = try ChildWatch(loop, spawning: ChildProgram(path, arguments), id: id, calling: self)
    }
  }

  /// Whether a process of this number is there, a zombie included.
  private func isThere(_ pid: Int32) -> Bool {
    (try? ProcessHandle(opening: pid, in: kernel)) != nil
  }

  @Test(
    arguments: [
      ("exit 0", .exited(0)), ("exit 7", .exited(7)), ("exit 255", .exited(255)),
      ("kill -TERM $$", .killed(signal: Signal.terminate)),
      ("kill -KILL $$", .killed(signal: Signal.kill)),
    ] as [(String, BatonCore.ExitStatus)])
  func `an end is told once, and nothing is left of the child`(
    script: String, status: BatonCore.ExitStatus
  ) throws {
    let owner = Owner()
    try owner.start(loop, "/bin/sh", "-c", script, id: 5)
    let watch = try #require(owner.watch)
    loop.run(while: owner.ends.isEmpty)
    #expect(owner.ends.first?.status == status && owner.ends.first?.child == 5)
    #expect(watch.hasEnded && watch.exitStatus == status)
    #expect(!isThere(watch.pid))
    watch.signal(Signal.kill)
    #expect(watch.hasStopped && !loop.poll() && owner.ends.count == 1)
  }

  @Test func `a signal through the watch ends the child`() throws {
    let owner = Owner()
    try owner.start(loop, "/bin/sleep", "1000")
    #expect(!loop.poll())
    owner.watch?.signal(Signal.terminate)
    loop.run(while: owner.ends.isEmpty)
    #expect(owner.ends.first?.status == .killed(signal: Signal.terminate))
  }

  @Test func `a child that ended before it was watched is told all the same`() throws {
    let (pid, pidfd) = try kernel.spawn(ChildProgram("/bin/true"), lending: ChildDescriptors())
    let handle = ProcessHandle(owning: Descriptor(owning: pidfd, in: kernel))
    kernel.awaitReadable(handle.number)
    let owner = Owner()
    owner.watch = ChildWatch(loop, owning: handle, pid: pid, calling: owner)
    #expect(owner.ends.isEmpty)
    #expect(loop.poll())
    #expect(owner.ends.first?.status == .exited(0))
    #expect(!isThere(pid))
  }

  @Test func `a watch that is dropped kills its child and reaps it`() throws {
    let owner = Owner()
    try owner.start(loop, "/bin/sleep", "1000")
    let pid = try #require(owner.watch?.pid)
    #expect(isThere(pid))
    owner.watch = nil
    #expect(!isThere(pid))
    #expect(!loop.poll() && owner.ends.isEmpty)
  }

  @Test func `a child that stands still is killed as well`() throws {
    let owner = Owner()
    try owner.start(loop, "/bin/sleep", "1000")
    let pid = try #require(owner.watch?.pid)
    #expect(owner.watch?.hasStopped == false)
    owner.watch?.signal(Signal.stop)
    let deadline = Deadline()
    while owner.watch?.hasStopped == false, !deadline.isOver() { kernel.yield() }
    let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
    #expect(status.contains("State:\tT"))
    owner.watch = nil
    #expect(!isThere(pid))
  }

  @Test func `a watch may be dropped in its own call, and another child started`() throws {
    let owner = Owner()
    let loop = loop
    try owner.start(loop, "/bin/true")
    owner.react = { [unowned owner] in
      owner.watch = nil
      if owner.ends.count == 1 { try? owner.start(loop, "/bin/false", id: 2) }
    }
    loop.run(while: owner.ends.count < 2)
    #expect(owner.ends.map(\.status) == [.exited(0), .exited(1)])
    #expect(owner.ends.map(\.child) == [0, 2])
  }

  @Test func `an owner may drop itself in the call`() throws {
    var owner: Owner? = Owner()
    var isGone = false
    owner?.onDeinit = { isGone = true }
    owner?.react = { owner = nil }
    try owner?.start(loop, "/bin/true")
    loop.run(while: !isGone)
    #expect(owner == nil)
  }

  @Test(arguments: [
    ("/nonexistent/program", Errno.noEntry), ("/etc/passwd", Errno.accessDenied),
    ("/bin/tr\0ue", Errno.invalid),
  ])
  func `a program that cannot be started is refused, and leaves no child`(
    path: String, code: CInt
  ) throws {
    let owner = Owner()
    #expect(throws: SystemError(call: .spawn, code: code)) {
      try owner.start(loop, path)
    }
    #expect(owner.watch == nil && !loop.poll())
  }
}
