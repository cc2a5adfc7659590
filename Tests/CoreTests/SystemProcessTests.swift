import BatonCore
import Foundation
import Testing

@Suite(.timeLimit(.minutes(15))) struct SystemProcessTests {
  let kernel = Kernel()

  @Test(.timeLimit(.minutes(15))) func `a pidfd becomes readable when its child dies`() throws {
    let loop = EventLoop(kernel: kernel)
    let pid = try Child.spawn("/bin/sleep", "1000")
    let child = Box(try ProcessHandle(opening: pid, in: kernel))
    let recorder = Recorder()
    recorder.watch(loop, child.value.number, .read, id: 3)
    #expect(!loop.poll())
    #expect(child.value.hasEnded == false)
    #expect(try child.value.exitStatus() == nil)
    try child.value.kill()
    loop.run(while: recorder.calls.isEmpty)
    #expect(recorder.calls == [Recorder.Call(what: .read, watch: 3)])
    #expect(child.value.hasEnded == true)
    #expect(try child.value.exitStatus() == .killed(signal: 9))
  }

  @Test(.timeLimit(.minutes(15)), arguments: [0, 7, 255] as [CInt])
  func `an exit status is told once`(status: CInt) throws {
    let loop = EventLoop(kernel: kernel)
    let pid = try Child.spawn("/bin/sh", "-c", "exit \(status)")
    let child = Box(try ProcessHandle(opening: pid, in: kernel))
    let recorder = Recorder()
    recorder.watch(loop, child.value.number, .read)
    loop.run(while: recorder.calls.isEmpty)
    #expect(try child.value.exitStatus() == .exited(status))
    #expect(throws: SystemError(call: .wait, code: Errno.noChild)) {
      try child.value.exitStatus()
    }
    #expect(throws: SystemError(call: .signalProcess, code: Errno.noProcess)) {
      try child.value.signal(0)
    }
  }

  @Test func `the peer of a pair is this process`() throws {
    let (a, _) = try kernel.pair()
    let peer = try ProcessHandle(peerOf: a.value.number, in: kernel)
    let info = try String(contentsOfFile: "/proc/self/fdinfo/\(peer.number)", encoding: .utf8)
    #expect(info.contains("Pid:\t\(getpid())\n"))
    #expect(peer.hasEnded == false)
    try peer.signal(0)
    #expect(kernel.processID == getpid() && kernel.userID == geteuid())
  }

  @Test func `a process that is not there is ESRCH`() {
    #expect(throws: SystemError(call: .openProcess, code: Errno.noProcess)) {
      _ = try ProcessHandle(opening: .max, in: kernel)
    }
  }
}
