import BatonCLinux
import BatonCore
import Foundation
import Testing

@Suite(.timeLimit(.minutes(15))) struct SystemSocketTests {
  let kernel = Kernel()

  /// A path that nobody else uses, in a folder that goes with the test.
  private func withPath(_ body: (SocketPath, String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("baton-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let name = folder.appendingPathComponent("s").path
    try body(#require(SocketPath(name)), name)
  }

  private func listen(_ path: SocketPath, backlog: CInt = 4) throws -> Box<Descriptor> {
    Box(Descriptor(owning: try kernel.listen(path: path, backlog: backlog), in: kernel))
  }

  @Test func `a client reaches a listener, and both know each other`() throws {
    try withPath { path, _ in
      let listener = try listen(path)
      let client = Descriptor(owning: try kernel.connect(path: path), in: kernel)
      let server = Descriptor(owning: try kernel.accept(listener.value.number), in: kernel)
      for number in [client.number, server.number] {
        #expect(try kernel.isNonBlocking(number))
        #expect(clinux_get_descriptor_flags(number) == FD_CLOEXEC)
        #expect(try kernel.socketFamily(number) == AF_UNIX)
        #expect(try kernel.kind(of: number).type == .socket)
        let peer = try kernel.peerCredentials(number)
        #expect(peer == Credentials(pid: getpid(), uid: geteuid(), gid: getegid()))
      }
      #expect(try kernel.send(client.number, "hello") == 5)
      #expect(try kernel.receive(server.number).text == "hello")
    }
  }

  @Test func `nobody to accept would block`() throws {
    try withPath { path, _ in
      let listener = try listen(path)
      #expect(throws: SystemError(call: .accept, code: Errno.wouldBlock)) {
        try kernel.accept(listener.value.number)
      }
    }
  }

  @Test func `a full backlog would block and still counts as a live listener`() throws {
    try withPath { path, _ in
      let listener = try listen(path, backlog: 0)
      let client = Descriptor(owning: try kernel.connect(path: path), in: kernel)
      #expect(throws: SystemError(call: .connect, code: Errno.wouldBlock)) {
        try kernel.connect(path: path)
      }
      #expect(throws: SystemError(call: .bind, code: Errno.addressInUse)) {
        try kernel.listen(path: path, backlog: 1)
      }
      #expect(try kernel.kind(of: client.number).type == .socket)
      #expect(try kernel.kind(of: listener.value.number).type == .socket)
    }
  }

  @Test func `a socket file that nobody listens on is replaced`() throws {
    try withPath { path, _ in
      kernel.close(try kernel.listen(path: path, backlog: 1))
      // A child that another test is starting holds a copy until it has called execve(2).
      var found: Box<Descriptor>?
      let deadline = Deadline()
      while found == nil, !deadline.isOver() { found = try? listen(path) }
      let listener = try #require(found)
      kernel.close(try kernel.connect(path: path))
      kernel.close(try kernel.accept(listener.value.number))
    }
  }

  @Test(arguments: [0o600, 0o666, 0o640, 0o662] as [UInt32])
  func `a socket's file has its mode, whatever the umask`(mode: UInt32) throws {
    try withPath { path, name in
      let listener = Descriptor(
        owning: try kernel.listen(path: path, backlog: 1, mode: mode), in: kernel)
      var found = stat()
      #expect(stat(name, &found) == 0)
      #expect(UInt32(found.st_mode) & 0o777 == mode)
      _ = consume listener
    }
  }

  @Test func `only the file that is meant is removed`() throws {
    try withPath { path, name in
      let listener = try listen(path)
      let file = try #require(kernel.socketFile(path: path))
      let other = SocketFile(device: file.device, inode: file.inode &+ 1)
      #expect(try !kernel.unlink(path: path, ifStill: other))
      #expect(kernel.socketFile(path: path) == file)
      #expect(try kernel.unlink(path: path, ifStill: file))
      #expect(try !kernel.unlink(path: path, ifStill: file))
      #expect(kernel.readiness(of: listener.value.number) == [])
    }
  }

  @Test func `what another process replaces is left to it`() throws {
    try withPath { path, name in
      kernel.close(try kernel.listen(path: path, backlog: 1))
      let folder = open((name as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
      #expect(flock(folder, LOCK_EX) == 0)
      #expect(throws: SystemError(call: .bind, code: Errno.addressInUse)) {
        try kernel.listen(path: path, backlog: 1)
      }
      #expect(kernel.socketFile(path: path) != nil)
      close(folder)
    }
  }

  @Test func `who wants a path that is taken is not seen by the one who listens there`() throws {
    try withPath { path, _ in
      let listener = try listen(path)
      #expect(throws: SystemError(call: .bind, code: Errno.addressInUse)) {
        try kernel.listen(path: path, backlog: 1)
      }
      #expect(kernel.readiness(of: listener.value.number) == [])
    }
  }

  @Test func `a file that is no socket is left alone`() throws {
    try withPath { path, name in
      try Data("precious".utf8).write(to: URL(fileURLWithPath: name))
      #expect(throws: SystemError(call: .bind, code: Errno.addressInUse)) {
        try kernel.listen(path: path, backlog: 1)
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: name)) == Data("precious".utf8))
    }
  }

  @Test func `no file is ENOENT, and unlink says so too`() throws {
    try withPath { path, _ in
      #expect(throws: SystemError(call: .connect, code: Errno.noEntry)) {
        try kernel.connect(path: path)
      }
      #expect(throws: SystemError(call: .unlink, code: Errno.noEntry)) {
        try kernel.unlink(path: path)
      }
      kernel.close(try kernel.listen(path: path, backlog: 1))
      try kernel.unlink(path: path)
      #expect(throws: SystemError(call: .unlink, code: Errno.noEntry)) {
        try kernel.unlink(path: path)
      }
    }
  }

  @Test func `shutdown ends the stream for both`() throws {
    let (a, b) = try kernel.pair()
    try kernel.shutdown(a.value.number)
    #expect(try kernel.receive(a.value.number).text == "")
    #expect(try kernel.receive(b.value.number).text == "")
  }

  @Test func `what is no socket has no family`() throws {
    let counter = Descriptor(owning: try kernel.createCounter(), in: kernel)
    #expect(throws: SystemError(call: .socketDomain, code: Errno.notSocket)) {
      try kernel.socketFamily(counter.number)
    }
    #expect(try kernel.kind(of: counter.number).type == .other)
  }

  @Test func `readiness follows the socket`() throws {
    let (a, b) = try kernel.pair()
    #expect(kernel.readiness(of: b.value.number) == .write)
    try kernel.send(a.value.number, "x")
    #expect(kernel.readiness(of: b.value.number) == [.read, .write])
    try kernel.shutdown(a.value.number)
    _ = try kernel.receive(b.value.number)
    #expect(kernel.readiness(of: b.value.number) == [.read, .write])
  }
}
