import BatonCLinux
import BatonCore
import Foundation
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(15))) struct SystemMemoryTests {
  let kernel = Kernel()

  private func memory(_ byteCount: Int) throws -> Descriptor {
    Descriptor(
      owning: try kernel.createMemory(name: "baton-test", byteCount: byteCount), in: kernel)
  }

  @Test func `sealed memory keeps its size for ever`() throws {
    let memory = try memory(8192)
    #expect(try kernel.kind(of: memory.number) == FileKind(type: .regular, size: 8192))
    #expect(try kernel.isSealed(memory.number))
    #expect(clinux_get_descriptor_flags(memory.number) == FD_CLOEXEC)
    for size: off_t in [0, 4096, 16384] {
      #expect(ftruncate(memory.number, size) == -1 && errno == EPERM)
    }
    #expect(clinux_seal(memory.number) == -1 && errno == EPERM)
  }

  @Test func `two mappings show each other's writes`() throws {
    let memory = try memory(4096)
    let first = try kernel.map(memory.number, byteCount: 4096)
    let second = try kernel.map(memory.number, byteCount: 4096)
    first.storeBytes(of: 0x1234, toByteOffset: 4088, as: UInt64.self)
    #expect(second.load(fromByteOffset: 4088, as: UInt64.self) == 0x1234)
    kernel.unmap(first, byteCount: 4096)
    kernel.unmap(second, byteCount: 4096)
  }

  @Test func `what is no memory has no seals and no mapping`() throws {
    let counter = Descriptor(owning: try kernel.createCounter(), in: kernel)
    #expect(throws: SystemError(call: .getSeals, code: Errno.invalid)) {
      try kernel.isSealed(counter.number)
    }
    #expect(throws: SystemError(call: .map, code: Errno.noDevice)) {
      try kernel.map(counter.number, byteCount: 8)
    }
  }

  @Test func `a word changes only from what it was expected to be`() throws {
    let here = try SharedWord(creatingIn: kernel)
    let there = try SharedWord(
      adopting: Descriptor(owning: try kernel.duplicate(here.number), in: kernel))
    #expect(here.load() == 0 && there.load() == 0)
    #expect(here.compareExchange(expected: 0, desired: .max) == (true, 0))
    #expect(there.load() == .max)
    #expect(there.compareExchange(expected: 1, desired: 2) == (false, .max))
    #expect(there.compareExchange(expected: .max, desired: 7) == (true, .max))
    #expect(here.load() == 7)
  }

  /// Two threads of their own that count to a number by swaps, and how often each has won.
  private final class Race: Sendable {
    private let wins = Mutex<UInt64>(0)
    private let ends = DispatchSemaphore(value: 0)

    func run(_ numbers: [CInt], to last: UInt64) -> UInt64? {
      for number in numbers {
        Thread.detachNewThread {
          let won = Self.count(number, to: last)
          self.wins.withLock { $0 += won }
          self.ends.signal()
        }
      }
      for _ in numbers where ends.wait(timeout: .now() + 60) == .timedOut { return nil }
      return wins.withLock { $0 }
    }

    private static func count(_ number: CInt, to last: UInt64) -> UInt64 {
      guard
        let word = try? SharedWord(adopting: Descriptor(owning: number, in: Kernel()))
      else { return 0 }
      var wins: UInt64 = 0
      let deadline = Deadline()
      while !deadline.isOver() {
        let seen = word.load()
        if seen >= last { return wins }
        if word.compareExchange(expected: seen, desired: seen + 1).exchanged { wins += 1 }
      }
      return wins
    }
  }

  @Test func `of many swaps that race for one value, one wins`() throws {
    let word = try SharedWord(creatingIn: kernel)
    // Enough that the two meet in the middle of a swap that is none, on a loaded machine as well.
    let rounds: UInt64 = 2_000_000
    let numbers = try (0..<2).map { _ in try kernel.duplicate(word.number) }
    #expect(Race().run(numbers, to: rounds) == rounds)
    #expect(word.load() == rounds)
  }

  @Test func `memory that could betray us is refused by name`() throws {
    let loose = Descriptor(owning: clinux_create_memory("loose"), in: kernel)
    #expect(ftruncate(loose.number, 8) == 0)
    let short = try memory(4)
    let (socket, _) = try kernel.pair()
    let counter = Descriptor(owning: try kernel.createCounter(), in: kernel)
    let good = try memory(8)
    let readOnly = open("/proc/self/fd/\(good.number)", O_RDONLY | O_CLOEXEC)
    let file = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    let table: [(CInt, SharedWord.Refusal)] = [
      (try kernel.duplicate(loose.number), .notSealed),
      (try kernel.duplicate(short.number), .tooShort(byteCount: 4)),
      (try kernel.duplicate(socket.value.number), .notMemory(FileKind(type: .socket))),
      (try kernel.duplicate(counter.number), .notMemory(FileKind(type: .other))),
      (readOnly, .system(SystemError(call: .allocate, code: Errno.badDescriptor))),
      (file, .system(SystemError(call: .getSeals, code: Errno.invalid))),
    ]
    for (number, refusal) in table {
      #expect(throws: refusal) {
        _ = try SharedWord(adopting: Descriptor(owning: number, in: kernel))
      }
    }
  }

  @Test func `chance does not repeat itself, and time does not run backwards`() throws {
    #expect(try Set((0..<100).map { _ in try kernel.random() }).count == 100)
    let times = (0..<100).map { _ in kernel.now() }
    #expect(times == times.sorted())
  }
}
