import BatonCore
import Testing

@testable import BatonProof
@testable import BatonTesting

/// What Linux does with descriptors in flight and with a full table, where a test cannot ask Linux
/// itself: the limit of descriptors belongs to the whole process. DifferentialTests ask the rest.
@Suite(.timeLimit(.minutes(10))) struct SimulatedFactsTests {
  private func send(_ kernel: SimulatedKernel, _ socket: CInt, _ bytes: [UInt8], _ files: [CInt])
    throws
  {
    try bytes.withUnsafeBytes { bytes in
      try files.withUnsafeBufferPointer { files in
        _ = try kernel.send(socket, bytes: bytes, descriptors: files)
      }
    }
  }

  private func receive(_ kernel: SimulatedKernel, _ socket: CInt) throws -> Received {
    var buffer = [UInt8](repeating: 0, count: 16)
    var numbers = [CInt](repeating: -1, count: 4)
    return try buffer.withUnsafeMutableBytes { buffer in
      try numbers.withUnsafeMutableBufferPointer { numbers in
        try kernel.receive(socket, into: buffer, descriptors: numbers)
      }
    }
  }

  @Test func `with a full table the bytes come, and the descriptors are gone for good`() throws {
    let kernel = SimulatedMachine().spawn()
    let (one, two) = try kernel.socketPair()
    let memory = try kernel.createMemory(name: "fact", byteCount: 8)
    try send(kernel, one, [1, 2], [memory, memory])
    kernel.descriptorLimit = memory + 2
    let received = try receive(kernel, two)
    #expect(received == Received(byteCount: 2, descriptorCount: 0, isTruncated: true))
    #expect(kernel.openCount == 3)
  }

  @Test func `a TAP in flight lives on when its sender dies, and goes with the socket`() throws {
    let machine = SimulatedMachine()
    let (sender, receiver) = (machine.spawn(), machine.spawn())
    let path = try #require(SocketPath("/fact"))
    let listener = try receiver.listen(path: path, backlog: 1)
    let socket = try sender.connect(path: path)
    let queue = try sender.openTun()
    _ = try sender.tunSetInterface(queue, name: SimulatedHost.interface, flags: 0x1002)
    try send(sender, socket, [1], [queue])
    sender.die()
    #expect(machine.interfaceCount == 1)
    let connection = try receiver.accept(listener)
    receiver.close(connection)
    #expect(machine.interfaceCount == 0)
  }

  @Test func `what a process does after its death changes no shared word`() throws {
    let machine = SimulatedMachine()
    let kernel = machine.spawn()
    let word = try SharedWord(creatingIn: kernel)
    word.compareExchange(expected: 0, desired: 1)
    kernel.die()
    word.compareExchange(expected: 1, desired: 2)
    machine.sweep()
    #expect(word.load() == 1)
    #expect(kernel.wordAtDeath == 1)
  }
}
