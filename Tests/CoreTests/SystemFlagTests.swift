import BatonCLinux
import BatonCore
import Foundation
import Testing

/// Flags, bounds and interruptions of single calls: what a wrong one would do, and nothing else
/// would show.
@Suite(.timeLimit(.minutes(15))) struct SystemFlagTests {
  private let kernel = Kernel()

  private static func path(_ name: String) -> String { "/tmp/baton-\(name)-\(getpid())" }

  private func log(_ path: String) throws -> Descriptor {
    Descriptor(owning: try kernel.openLog(path: path), in: kernel)
  }

  // MARK: Files

  @Test func `a log that is opened again goes on where it ended`() throws {
    let path = Self.path("log")
    defer { unlink(path) }
    for text in ["a", "b"] {
      let file = try log(path)
      try kernel.write(file.number, Array(text.utf8))
      _ = consume file
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "ab")
  }

  @Test func `a path with a zero byte opens nothing`() {
    #expect(throws: SystemError(call: .open, code: Errno.invalid)) {
      try kernel.openLog(path: "/dev/null\0.log")
    }
  }

  @Test func `O_NONBLOCK comes to the flags that are there`() throws {
    let path = Self.path("flags")
    defer { unlink(path) }
    let file = try log(path)
    try kernel.setNonBlocking(file.number)
    let flags = fcntl(file.number, F_GETFL)
    #expect(flags & O_APPEND != 0 && flags & O_NONBLOCK != 0)
  }

  @Test func `what was hung up is ready`() throws {
    var ends: [CInt] = [-1, -1]
    #expect(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let reading = Descriptor(owning: ends[0], in: kernel)
    #expect(kernel.readiness(of: reading.number) == [])
    close(ends[1])
    // The end of a pipe comes with POLLHUP alone.
    kernel.awaitReadable(reading.number)
    #expect(kernel.readiness(of: reading.number).contains(.read))
  }

  @Test func `time is the monotonic clock's, to the nanosecond`() {
    func reference() -> UInt64 {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
    let before = reference()
    let now = kernel.now()
    #expect(before <= now && now <= reference())
  }

  // MARK: Seals

  /// F_SEAL_SHRINK and F_SEAL_GROW, one without the other.
  @Test(arguments: [2, 4] as [CInt]) func `one seal of the two is not enough`(seal: CInt) throws {
    let memory = Descriptor(owning: clinux_create_memory("half"), in: kernel)
    #expect(ftruncate(memory.number, 4096) == 0)
    let addSeals: CInt = 1033
    #expect(fcntl(memory.number, addSeals, seal) == 0)
    #expect(try !kernel.isSealed(memory.number))
    #expect(try kernel.cannotShrink(memory.number) == (seal == 2))
    #expect(throws: SharedWord.Refusal.notSealed) {
      _ = try SharedWord(adopting: memory.duplicate())
    }
  }

  @Test func `a word of seven bytes is too short`() throws {
    let number = try kernel.createMemory(name: "seven", byteCount: 7)
    #expect(throws: SharedWord.Refusal.tooShort(byteCount: 7)) {
      _ = try SharedWord(adopting: Descriptor(owning: number, in: kernel))
    }
  }

  private static let knowsNoExecution: Bool = {
    let version = ProcessInfo.processInfo.operatingSystemVersion
    return (version.majorVersion, version.minorVersion) >= (6, 3)
  }()

  @Test(.enabled(if: knowsNoExecution, "MFD_NOEXEC_SEAL is of Linux 6.3"))
  func `memory is no program`() throws {
    let number = try kernel.createMemory(name: "program", byteCount: 4096)
    let memory = Descriptor(owning: number, in: kernel)
    var found = stat()
    #expect(fstat(memory.number, &found) == 0 && found.st_mode & 0o111 == 0)
    #expect(fchmod(memory.number, 0o777) == -1)
  }

  // MARK: Sockets

  @Test func `a path of 108 bytes has no room for its end`() {
    let path = Array(("/none/" + String(repeating: "a", count: 102)).utf8)
    let socket = Descriptor(owning: clinux_socket(), in: kernel)
    #expect(clinux_bind(socket.number, path, 108) == -1 && clinux_errno() == ENAMETOOLONG)
    #expect(clinux_connect(socket.number, path, 108) == -1 && clinux_errno() == ENAMETOOLONG)
  }

  @Test func `a link to a socket that was left is not taken over`() throws {
    let (left, link) = (Self.path("left"), Self.path("link"))
    defer { for path in [left, link] { unlink(path) } }
    let first = try kernel.listen(path: #require(SocketPath(left)), backlog: 1)
    kernel.close(first)
    #expect(symlink(left, link) == 0)
    #expect(throws: SystemError(call: .bind, code: Errno.addressInUse)) {
      try kernel.listen(path: #require(SocketPath(link)), backlog: 1)
    }
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == left)
  }

  @Test func `descriptors without a byte are our own bug and trap`() async {
    await #expect(processExitsWith: .failure) {
      let kernel = Kernel()
      let (one, _) = try kernel.socketPair()
      // Thrown, it would be no failure of the process.
      _ = try? kernel.send(one, "", [one])
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root may be another user"))
  func `the peer's user is its own, not ours`() async {
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      let path = "/tmp/baton-user-\(getpid())"
      let socket = try kernel.listen(path: SocketPath(path)!, backlog: 1)
      chmod(path, 0o777)
      seteuid(65534)
      _ = try kernel.connect(path: SocketPath(path)!)
      seteuid(0)
      unlink(path)
      guard try kernel.peerCredentials(kernel.accept(socket)).uid == 65534 else { exit(1) }
    }
  }

  // MARK: Processes

  @Test func `a call that a signal interrupts goes on`() async {
    await #expect(processExitsWith: .success) {
      // Without SA_RESTART, so that the kernel answers EINTR.
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in }
      sigaction(SIGUSR1, &action, nil)
      // Threads of a pool block what they can.
      var ours = sigset_t()
      sigemptyset(&ours)
      sigaddset(&ours, SIGUSR1)
      pthread_sigmask(SIG_UNBLOCK, &ours, nil)
      alarm(30)
      let waiting = pthread_self()
      let kernel = Kernel()
      let (_, pidfd) = try kernel.spawn(
        ChildProgram("/bin/sleep", ["0.2"]), lending: ChildDescriptors())
      Thread.detachNewThread {
        // Ends with the process.
        while true {
          pthread_kill(waiting, SIGUSR1)
          sched_yield()
        }
      }
      try kernel.awaitEnd(of: pidfd)
      guard try kernel.exitStatus(of: pidfd) == .exited(0) else { exit(1) }
    }
  }

  @Test func `the limit of descriptors is raised to what is allowed`() async {
    await #expect(processExitsWith: .success) {
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
      var limit = rlimit()
      getrlimit(resource, &limit)
      limit.rlim_cur = 64
      setrlimit(resource, &limit)
      Kernel().raiseDescriptorLimit()
      getrlimit(resource, &limit)
      guard limit.rlim_cur == limit.rlim_max, limit.rlim_max > 64 else { exit(1) }
    }
  }
}
