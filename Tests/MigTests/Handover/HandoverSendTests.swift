import BatonCore
import Testing

@testable import BatonMig

/// Whatever the kernel says when something is sent: the attempt ends with it, at once.
@Suite(.timeLimit(.minutes(15))) struct HandoverSendTests {
  /// Refuses one send of the process, or all from there on.
  private final class DumbKernel: MortalKernel {
    var code: CInt = 0
    /// Which send is refused, from 1; 0 for none.
    var failing = 0
    var isForGood = false
    private(set) var sends = 0

    override func send(
      _ fd: CInt, bytes: UnsafeRawBufferPointer, descriptors: UnsafeBufferPointer<CInt>
    ) throws(SystemError) -> Int {
      sends += 1
      if sends == failing || isForGood && failing > 0 && sends > failing {
        throw SystemError(call: .send, code: code)
      }
      return try super.send(fd, bytes: bytes, descriptors: descriptors)
    }
  }

  static let codes: [CInt] = [
    Errno.noBufferSpace, Errno.badDescriptor, Errno.processTableFull, Errno.tooManyReferences,
    Errno.noMemory, Errno.brokenPipe, Errno.connectionReset, Errno.invalid,
  ]

  /// A handover in which one send is refused; false when it had fewer.
  private func handOver(_ code: CInt, failing: Int, isForGood: Bool) throws -> Bool {
    let kernel = DumbKernel()
    (kernel.code, kernel.failing, kernel.isForGood) = (code, failing, isForGood)
    let stage = try Stage(kernel: kernel, isVirtual: true)
    stage.parameters.switchMillis = 10_000
    let begin = stage.loop.now
    try stage.start()
    stage.settle()
    guard kernel.sends >= failing else { return false }
    // Nobody waited for an answer that could not come.
    #expect(stage.loop.now - begin < 1_000_000_000, "send \(failing), errno \(code)")
    let why = Refusal(SystemError(call: .send, code: code))
    let isMoved = stage.target.statuses.last == .completed
    stage.expectGuest(at: isMoved ? stage.target : stage.source)
    #expect(kernel.killed == [])
    guard !isMoved else { return true }
    // Who has not said HELLO is no source: that it gave up is a warning.
    let causes = [
      stage.source.outgoing?.refusal,
      stage.target.incoming?.refusal ?? stage.target.warnings.last,
    ]
    if isForGood {
      #expect(causes.contains(why))
    } else {
      #expect(causes == [why, why], "send \(failing), errno \(code)")
    }
    return true
  }

  @Test(arguments: codes, [false, true])
  func `a send that is refused ends the attempt and is named on both sides`(
    code: CInt, isForGood: Bool
  ) throws {
    var failing = 1
    while failing < 50, try handOver(code, failing: failing, isForGood: isForGood) {
      failing += 1
    }
    #expect(failing > 6)
  }
}
