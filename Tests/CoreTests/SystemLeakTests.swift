import BatonCLinux
import BatonCore
import Foundation
import Testing

/// What is left open or mapped, each asked of a process of its own: in ours other tests open and
/// close descriptors at the same time.
@Suite(.timeLimit(.minutes(15))) struct SystemLeakTests {
  /// The number that the next descriptor will have.
  private static var nextNumber: CInt {
    let number = open("/dev/null", O_RDONLY | O_CLOEXEC)
    close(number)
    return number
  }

  @Test func `questions about interfaces leave nothing open`() async {
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      let none = InterfaceName("none")!
      let before = Self.nextNumber
      guard try kernel.tunQueueCount(none) == 0 else { exit(1) }
      guard Self.nextNumber == before else { exit(2) }
      _ = try? kernel.interfaceIndex(none)
      guard Self.nextNumber == before else { exit(3) }
    }
  }

  @Test func `memory that gets no size is closed`() async {
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      let before = Self.nextNumber
      do throws(SystemError) {
        _ = try kernel.createMemory(name: "baton-test", byteCount: -1)
        exit(1)
      } catch {
        guard error == SystemError(call: .truncate, code: Errno.invalid) else { exit(2) }
      }
      guard Self.nextNumber == before else { exit(3) }
    }
  }

  @Test func `a start leaves nothing open but the pidfd`() async {
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      var numbers: Set<CInt> = []
      for _ in 0..<4 {
        let (_, pidfd) = try kernel.spawn(ChildProgram("/bin/true"), lending: ChildDescriptors())
        try kernel.awaitEnd(of: pidfd)
        _ = try kernel.exitStatus(of: pidfd)
        kernel.close(pidfd)
        numbers.insert(Self.nextNumber)
      }
      // Each would come after what the one before had left.
      guard numbers.count < 4 else { exit(1) }
    }
  }

  @Test func `descriptor 0 is closed like any other`() async {
    await #expect(processExitsWith: .success) {
      close(0)
      let kernel = Kernel()
      do { _ = Descriptor(owning: try kernel.createCounter(), in: kernel) }
      guard Self.nextNumber == 0 else { exit(1) }
    }
  }

  @Test func `a loop that goes closes what it had`() async {
    await #expect(processExitsWith: .success) {
      let before = Self.nextNumber
      for _ in 0..<3 { EventLoop(kernel: Kernel()).poll() }
      guard Self.nextNumber == before else { exit(1) }
    }
  }
}
