import BatonCLinux
import BatonCore
import Foundation
import Testing

/// A kernel that notes what it closes.
private final class Ledger: Kernel {
  var closed: [CInt] = []
  override func close(_ fd: CInt) {
    closed.append(fd)
    super.close(fd)
  }
}

@Suite(.timeLimit(.minutes(15))) struct SystemDescriptorTests {
  private let kernel = Ledger()

  private func make() throws -> Descriptor {
    Descriptor(owning: try kernel.createCounter(), in: kernel)
  }

  @Test func `a descriptor is closed once, when it goes`() throws {
    let descriptor = try make()
    let number = descriptor.number
    #expect(clinux_get_descriptor_flags(number) == FD_CLOEXEC)
    _ = consume descriptor
    #expect(kernel.closed == [number])
  }

  @Test func `a released descriptor is the caller's`() throws {
    let number = try make().release()
    #expect(kernel.closed.isEmpty)
    kernel.close(number)
  }

  @Test func `a duplicate is another number for the same file`() throws {
    let first = try make()
    let second = try first.duplicate()
    #expect(first.number != second.number)
    #expect(clinux_get_descriptor_flags(second.number) == FD_CLOEXEC)
    #expect(try kernel.isSameFile(first.number, second.number))
    let other = try make()
    #expect(try !kernel.isSameFile(first.number, other.number))
  }

  @Test func `a list closes what it still has`() throws {
    var numbers: [CInt] = []
    do {
      var list = Descriptors(in: kernel)
      for _ in 0..<6 {
        let one = try make()
        numbers.append(one.number)
        list.append(one)
      }
      var head = list.removeFirst(2)
      #expect(head.count == 2 && list.count == 4)
      #expect(head.number(at: 1) == numbers[1] && list.number(at: 0) == numbers[2])
      let third = list.takeFirst()?.release()
      #expect(third == numbers[2])
      head.append(contentsOf: list)
      #expect(head.count == 5)
      #expect(
        head.lend { Array($0) } == numbers.enumerated().filter { $0.offset != 2 }.map(\.element))
      #expect(kernel.closed.isEmpty)
    }
    #expect(kernel.closed.count == 5)
    kernel.close(numbers[2])
    #expect(Set(kernel.closed) == Set(numbers))
  }

  @Test func `an empty list gives nothing`() {
    var list = Descriptors(in: kernel)
    #expect(list.isEmpty == true)
    let isNothing = list.takeFirst() == nil
    #expect(isNothing)
  }

  @Test func `closing twice is our own bug and traps`() async {
    await #expect(processExitsWith: .failure) {
      let kernel = Kernel()
      let number = try kernel.createCounter()
      kernel.close(number)
      kernel.close(number)
    }
  }

  @Test func `using a closed number traps`() async {
    await #expect(processExitsWith: .failure) {
      let kernel = Kernel()
      let number = try kernel.createCounter()
      kernel.close(number)
      // Thrown, it would be no failure of the process.
      _ = try? kernel.isNonBlocking(number)
    }
  }

  @Test func `a number that a peer made unreadable is refused, not trapped`() throws {
    let pathOnly: CInt = 0o10000000
    let number = open("/dev/null", pathOnly)
    let descriptor = Descriptor(owning: number, in: kernel)
    #expect(throws: SystemError(call: .read, code: Errno.badDescriptor)) {
      try kernel.read(descriptor.number)
    }
    #expect(throws: SystemError(call: .tunInterface, code: Errno.badDescriptor)) {
      try kernel.tunInterface(descriptor.number)
    }
  }

  @Test func `O_NONBLOCK belongs to the file, and setting it is counted`() throws {
    let first = Descriptor(owning: open("/dev/null", O_RDONLY | O_CLOEXEC), in: kernel)
    let second = try first.duplicate()
    #expect(try !kernel.isNonBlocking(second.number))
    #expect(kernel.tunMutations == 0)
    try kernel.setNonBlocking(first.number)
    #expect(try kernel.isNonBlocking(second.number))
    #expect(kernel.tunMutations == 1)
    #expect(try kernel.kind(of: first.number).type == .characterDevice(major: 1, minor: 3))
  }
}
