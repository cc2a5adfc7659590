import BatonCore
import Foundation
import Testing

/// What is left open, each asked of a process of its own: in ours other tests open and close
/// descriptors at the same time.
@Suite(.timeLimit(.minutes(15))) struct SystemLeakTests {
  /// Whether each of many passes leaves one number fewer.
  ///
  /// The test library has threads even in a process of ours, which open something now and then;
  /// they do not do so in every pass.
  static func leaks(_ pass: () throws -> Void) rethrows -> Bool {
    var numbers: Set<CInt> = []
    let passCount = 16
    for _ in 0..<passCount {
      try pass()
      let next = open("/dev/null", O_RDONLY | O_CLOEXEC)
      close(next)
      numbers.insert(next)
    }
    return numbers.count == passCount
  }

  @Test func `questions about interfaces leave nothing open`() async {
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      let none = InterfaceName("none")!
      guard try kernel.tunQueueCount(none) == 0 else { exit(1) }
      guard try !Self.leaks({ _ = try kernel.tunQueueCount(none) }) else { exit(2) }
      guard !Self.leaks({ _ = try? kernel.interfaceIndex(none) }) else { exit(3) }
    }
  }

  @Test func `memory that gets no size is closed`() async {
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      var refusals: Set<SystemError> = []
      let isLeaking = Self.leaks {
        do throws(SystemError) {
          _ = try kernel.createMemory(name: "baton-test", byteCount: -1)
          exit(1)
        } catch {
          refusals.insert(error)
        }
      }
      guard refusals == [SystemError(call: .truncate, code: Errno.invalid)] else { exit(2) }
      guard !isLeaking else { exit(3) }
    }
  }

  @Test func `a start leaves nothing open but the pidfd`() async {
    await #expect(processExitsWith: .success) {
      alarm(30)
      let kernel = Kernel()
      let isLeaking = try Self.leaks {
        let (_, pidfd) = try kernel.spawn(ChildProgram("/bin/true"), lending: ChildDescriptors())
        try kernel.awaitEnd(of: pidfd)
        _ = try kernel.exitStatus(of: pidfd)
        kernel.close(pidfd)
      }
      guard !isLeaking else { exit(1) }
    }
  }

  @Test func `descriptor 0 is closed like any other`() async {
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      // Another thread may take the number at once, but not every time.
      let wasClosed = try (0..<16).contains { _ in
        let counter = try kernel.createCounter()
        dup2(counter, 0)
        kernel.close(counter)
        do { _ = Descriptor(owning: 0, in: kernel) }
        return fcntl(0, F_GETFD) == -1
      }
      guard wasClosed else { exit(1) }
    }
  }

  @Test func `a loop that goes closes what it had`() async {
    await #expect(processExitsWith: .success) {
      guard !Self.leaks({ EventLoop(kernel: Kernel()).poll() }) else { exit(1) }
    }
  }
}
