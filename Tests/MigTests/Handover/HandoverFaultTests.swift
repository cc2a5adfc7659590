import BatonCore
import Testing

@testable import BatonMig

/// Every call of a handover refused in turn.
@Suite(.timeLimit(.minutes(15))) struct HandoverFaultTests {
  /// Linux, whose n-th call is refused: once, or from then on.
  final class FailingKernel: MortalKernel {
    var calls = 0
    var failing = Int.max
    var isForGood = false

    private func pass(_ call: Call, _ code: CInt) throws(SystemError) {
      calls += 1
      if calls == failing || (isForGood && calls > failing) {
        throw SystemError(call: call, code: code)
      }
    }

    override func listen(
      path: borrowing SocketPath, backlog: CInt, mode: UInt32 = 0o600
    ) throws(SystemError) -> CInt {
      try pass(.bind, Errno.accessDenied)
      return try super.listen(path: path, backlog: backlog, mode: mode)
    }

    override func connect(path: borrowing SocketPath) throws(SystemError) -> CInt {
      try pass(.connect, Errno.connectionRefused)
      return try super.connect(path: path)
    }

    override func accept(_ fd: CInt) throws(SystemError) -> CInt {
      try pass(.accept, Errno.processTableFull)
      return try super.accept(fd)
    }

    override func send(
      _ fd: CInt, bytes: UnsafeRawBufferPointer, descriptors: UnsafeBufferPointer<CInt>
    ) throws(SystemError) -> Int {
      try pass(.send, Errno.noBufferSpace)
      return try super.send(fd, bytes: bytes, descriptors: descriptors)
    }

    override func receive(
      _ fd: CInt, into buffer: UnsafeMutableRawBufferPointer,
      descriptors: UnsafeMutableBufferPointer<CInt>
    ) throws(SystemError) -> Received {
      try pass(.receive, Errno.connectionReset)
      return try super.receive(fd, into: buffer, descriptors: descriptors)
    }

    override func peerCredentials(_ fd: CInt) throws(SystemError) -> Credentials {
      try pass(.peerCredentials, Errno.notConnected)
      return try super.peerCredentials(fd)
    }

    override func peerProcess(_ fd: CInt) throws(SystemError) -> CInt {
      try pass(.peerProcess, Errno.processTableFull)
      return try super.peerProcess(fd)
    }

    override func createMemory(name: StaticString, byteCount: Int) throws(SystemError) -> CInt {
      try pass(.createMemory, Errno.processTableFull)
      return try super.createMemory(name: name, byteCount: byteCount)
    }

    override func map(_ fd: CInt, byteCount: Int) throws(SystemError) -> UnsafeMutableRawPointer {
      try pass(.map, Errno.noMemory)
      return try super.map(fd, byteCount: byteCount)
    }

    override func isSealed(_ fd: CInt) throws(SystemError) -> Bool {
      try pass(.getSeals, Errno.invalid)
      return try super.isSealed(fd)
    }

    override func shutdown(_ fd: CInt) throws(SystemError) {
      try pass(.shutdown, Errno.notConnected)
      try super.shutdown(fd)
    }
  }

  /// One handover with the n-th call refused.
  ///
  /// - Returns: False when it ended before that call.
  private func handOver(failing: Int, isForGood: Bool) throws -> Bool {
    let kernel = FailingKernel()
    let stage = try Stage(kernel: kernel, isVirtual: true)
    let open = kernel.open.count
    stage.parameters.patienceMillis = 20
    stage.parameters.switchMillis = 20
    kernel.calls = 0
    kernel.failing = failing
    kernel.isForGood = isForGood
    do {
      try stage.start()
      stage.settle()
    } catch is Refusal {
      // The target could not listen: nothing has started.
    }
    let wasReached = kernel.calls >= failing
    kernel.failing = .max
    let isMoved = stage.source.statuses.last == .completed
    stage.expectGuest(at: isMoved ? stage.target : stage.source)
    #expect(kernel.killed == [])
    stage.expectOpen(open)
    return wasReached
  }

  @Test(arguments: [false, true])
  func `any refused call leaves one guest and no descriptor`(isForGood: Bool) throws {
    var failing = 1
    while failing < 500, try handOver(failing: failing, isForGood: isForGood) { failing += 1 }
    #expect(failing > 20)
  }
}
