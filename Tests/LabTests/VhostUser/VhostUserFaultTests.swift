import BatonCore
import BatonLab
import BatonVhostUser
import Glibc
import Testing

extension ProcessTests {
  /// Front-ends that break the protocol: each loses its session by name, and nobody else notices.
  @Suite(.timeLimit(.minutes(15))) struct VhostUserFaultTests {
    /// What a front-end does wrong, and what the backend says of it.
    struct Lie: Sendable, CustomTestStringConvertible {
      let testDescription: String
      let text: String
      let tell: @Sendable (FrontEnd) throws -> Void

      init(
        _ name: String, says text: String, _ tell: @escaping @Sendable (FrontEnd) throws -> Void
      ) {
        (testDescription, self.text, self.tell) = (name, text, tell)
      }
    }

    static let lies = [
      Lie("an unknown request", says: "request 77 is not known") {
        try $0.send([77, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
      },
      Lie("another version", says: "version of a message is 3, expected 1") {
        try $0.send([1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0])
      },
      Lie("an endless payload", says: "SET_FEATURES: 4294967295 bytes of payload, expected 8") {
        try $0.send([2, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 255])
      },
      Lie("features of nobody", says: "features 0x8000000000000000 are not possible") {
        try $0.say(.setFeatures, numbers: [1 << 63])
      },
      Lie("no features at all", says: "features 0x0 are not possible") {
        try $0.say(.setFeatures, numbers: [0])
      },
      Lie("protocol features of nobody", says: "protocol features 0x8000 are not possible") {
        try $0.say(.setProtocolFeatures, numbers: [1 << 15])
      },
      Lie("a ring that is not there", says: "there is no ring 200, of 2") {
        try $0.say(.setRingBase, numbers: [200])
      },
      Lie("a ring of three", says: "ring 0: 3 entries, expected a power of two up to 1024") {
        try $0.say(.setRingSize, numbers: [3 << 32])
      },
      Lie("a ring of none", says: "ring 0: 0 entries") {
        try $0.say(.setRingSize, numbers: [0])
      },
      Lie("a base beyond", says: "ring 1: the base 65536 is above 65535") {
        try $0.say(.setRingBase, numbers: [1 | 65_536 << 32])
      },
      Lie("a kick without a descriptor", says: "SET_VRING_KICK: 0 descriptors, expected 1") {
        try $0.say(.setRingKick, numbers: [0x100])
      },
      Lie("a descriptor too few", says: "SET_VRING_CALL: 0 descriptors, expected 1") {
        try $0.say(.setRingCall, numbers: [0])
      },
      Lie("a descriptor too many", says: "1 descriptors belong to no message") {
        try $0.say(.setOwner, lending: [0])
      },
      Lie("a kick before everything", says: "ring 0 is started without size, address") {
        try $0.say(.setRingKick, numbers: [0], lending: [$0.someCounter])
      },
      Lie("a table of nothing", says: "0 regions of memory, expected 1 to 64") {
        try $0.say(.setMemoryTable, numbers: [0])
      },
      Lie("memory longer than its file", says: "region 0 of memory, 8192 bytes at 0x0, cannot be") {
        try $0.say(.setMemoryTable, numbers: [1, 0, 8192, 0, 0], lending: [$0.someMemory])
      },
      Lie("memory over the end", says: "cannot be") {
        try $0.say(
          .setMemoryTable, numbers: [1, .max - 4095, 8192, 0, 0], lending: [$0.someMemory])
      },
      Lie("a file offset beyond all", says: "cannot be") {
        try $0.say(.setMemoryTable, numbers: [1, 0, 4096, 0, .max - 100], lending: [$0.someMemory])
      },
      Lie("memory that is no memory", says: "cannot be") {
        try $0.say(.setMemoryTable, numbers: [1, 0, 4096, 0, 0], lending: [$0.someCounter])
      },
      Lie("memory that cannot be mapped", says: "mmap: Cannot allocate memory (ENOMEM)") {
        // More than a process may have addresses for.
        let byteCount: UInt64 = 1 << 50
        let kernel = Kernel()
        let memory = Descriptor(
          owning: try kernel.createMemory(name: "baton-wide", byteCount: Int(byteCount)), in: kernel
        )
        try $0.say(.setMemoryTable, numbers: [1, 0, byteCount, 0, 0], lending: [memory.number])
      },
      Lie("a log that is too short", says: "the log has") {
        try $0.sayMemory()
        try $0.say(.setLogBase, numbers: [1, 0], lending: [$0.someMemory])
      },
      Lie("a log beyond its file", says: "the log has 4096 bytes, the memory needs 8192") {
        try $0.say(.setLogBase, numbers: [8192, 0], lending: [$0.someMemory])
      },
      Lie("half a message", says: "the stream ends inside a message, after 5 bytes") {
        try $0.send([1, 0, 0, 0, 1])
        $0.close()
      },
    ]

    @Test(arguments: lies)
    func `a lie costs the session and nothing else`(lie: Lie) async throws {
      try await BackendStage.run { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        let honest = try stage.connect(guest)
        try honest.start()
        try stage.probe()
        let descriptors = stage.backend.descriptorCount
        let liar = try stage.connect(try FrontEndGuest(ipv4: BackendStage.guest))
        // What is told may not be heard to its end.
        try lie.tell(liar)
        try stage.expectLog(lie.text)
        try stage.wait("the end of the liar") { liar.isGone }
        try stage.expectFlow()
        #expect(!honest.isGone)
        try stage.wait("no descriptor of its") { stage.backend.descriptorCount == descriptors }
        // The place is free again.
        let next = try stage.connect(guest)
        try honest.stop()
        try next.start()
        try stage.expectFlow()
      }
    }

    @Test func `a ring that runs keeps its place and size`() async throws {
      for (request, numbers) in [
        (VhostRequest.setRingSize, [256 << 32 as UInt64]), (.setRingBase, [0]),
        (.setRingAddress, [0, 16, 16, 16, 16]),
      ] {
        try await BackendStage.run { stage in
          let guest = try FrontEndGuest(ipv4: BackendStage.guest)
          let front = try stage.connect(guest)
          try front.start()
          try front.say(request, numbers: numbers)
          try stage.expectLog("while ring 0 runs")
          try stage.wait("the end") { front.isGone }
        }
      }
    }

    /// A ring that runs in memory of this descriptor, and rings for it by that one.
    private static func startRing(
      of front: FrontEnd, in memory: CInt, kick: CInt
    ) throws {
      try front.say(.setFeatures, numbers: [1 << 32 | FrontEnd.extensions])
      try front.say(.setMemoryTable, numbers: [1, 0, 65_536, 0, 0], lending: [memory])
      try front.say(.setRingSize, numbers: [1 | 256 << 32])
      try front.say(.setRingBase, numbers: [1])
      try front.say(.setRingAddress, numbers: [1, 0, 16_384, 8_192, 0])
      try front.say(.setRingEnabled, numbers: [1 | 1 << 32])
      try front.say(.setRingKick, numbers: [1], lending: [kick])
      _ = try front.ask(.getFeatures)
    }

    /// A file of zeros, which nothing keeps from being shortened.
    private static func file(_ stage: BackendStage) throws -> CInt {
      let file = open(stage.folder + "/memory", O_RDWR | O_CREAT, 0o600)
      try #require(file >= 0 && ftruncate(file, 65_536) == 0)
      return file
    }

    /// Touching it is SIGBUS: whoever else is served shall not notice.
    @Test(arguments: [true, false])
    func `memory that is shortened costs its own session alone`(hasOther: Bool) async throws {
      try await BackendStage.run { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        let kernel = stage.lab.loop.kernel
        let other = hasOther ? try stage.connect(guest) : nil
        try other?.start()
        if hasOther { try stage.probe() }
        if hasOther { try stage.rest() }
        try other?.stop()
        let liar = try stage.connect(try FrontEndGuest(ipv4: BackendStage.guest))
        let memory = Descriptor(owning: try Self.file(stage), in: kernel)
        let bell = Descriptor(owning: try kernel.createCounter(), in: kernel)
        try Self.startRing(of: liar, in: memory.number, kick: bell.number)
        try #require(ftruncate(memory.number, 0) == 0)
        let one: UInt64 = 1
        // Safe: the number lives through the call.
        _ = try unsafe withUnsafeBytes(of: one) { try unsafe kernel.write(bell.number, from: $0) }
        try stage.expectLog("a file of the guest's memory, or of the log, was shortened")
        try stage.wait("the end of the liar") { liar.isGone }
        try other?.start()
        if hasOther {
          stage.goOn()
          try stage.expectFlow()
        }
      }
    }

    @Test func `a kick whose other end is gone costs the session`() async throws {
      try await BackendStage.run { stage in
        let kernel = stage.lab.loop.kernel
        let liar = try stage.connect(try FrontEndGuest(ipv4: BackendStage.guest))
        let (first, second) = try kernel.socketPair()
        let mine = Descriptor(owning: first, in: kernel)
        let its = Descriptor(owning: second, in: kernel)
        let memory = Descriptor(owning: try Self.file(stage), in: kernel)
        try Self.startRing(of: liar, in: memory.number, kick: its.number)
        try kernel.shutdown(mine.number)
        try stage.expectLog("the kick of ring 1 cannot be read any more")
        try stage.wait("the end of the liar") { liar.isGone }
      }
    }

    @Test func `a ring outside of memory is refused by name`() async throws {
      try await BackendStage.run { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        let front = try stage.connect(guest)
        try front.start()
        try front.stop()
        try front.say(.setRingAddress, numbers: [0, 0x10, 0x20, 0x30, 0])
        try front.say(.setRingKick, numbers: [0], lending: [front.someCounter])
        try stage.expectLog("ring 0: its descriptor table at 0x10 is not in guest memory")
      }
    }
  }
}
