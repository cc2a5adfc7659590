import BatonCore
import Testing

/// vhost-net, where there is none as well: what every request says of a file that is another.
@Suite(.timeLimit(.minutes(15))) struct SystemVhostTests {
  /// Every request of a descriptor, in the order of a life, with the call that a refusal names.
  private static func requests(
    _ kernel: Kernel, _ fd: CInt, _ counter: CInt, _ memory: GuestMemory
  ) -> [(Call, SystemError?)] {
    [
      (
        .vhostFeatures,
        SystemError.of { () throws(SystemError) in _ = try kernel.vhostFeatures(fd) }
      ),
      (.vhostSetOwner, SystemError.of { () throws(SystemError) in try kernel.vhostSetOwner(fd) }),
      (
        .vhostSetFeatures,
        SystemError.of { () throws(SystemError) in try kernel.vhostSetFeatures(fd, 1 << 32) }
      ),
      (
        .vhostSetMemory,
        SystemError.of { () throws(SystemError) in try kernel.vhostSetMemory(fd, memory) }
      ),
      (
        .vhostSetRingSize,
        SystemError.of { () throws(SystemError) in try kernel.vhostSetSize(fd, ring: 1, 16) }
      ),
      (
        .vhostSetRingBase,
        SystemError.of { () throws(SystemError) in try kernel.vhostSetBase(fd, ring: 1, 7) }
      ),
    ] + runRequests(kernel, fd, counter)
  }

  private static func runRequests(
    _ kernel: Kernel, _ fd: CInt, _ counter: CInt
  ) -> [(Call, SystemError?)] {
    [
      (
        .vhostSetKick,
        SystemError.of { () throws(SystemError) in try kernel.vhostSetKick(fd, ring: 1, counter) }
      ),
      (
        .vhostSetCall,
        SystemError.of { () throws(SystemError) in try kernel.vhostSetCall(fd, ring: 1, counter) }
      ),
      (
        .vhostSetError,
        SystemError.of { () throws(SystemError) in try kernel.vhostSetError(fd, ring: 1, counter) }
      ),
      (
        .vhostSetBusyLoop,
        SystemError.of { () throws(SystemError) in
          try kernel.vhostSetBusyLoop(fd, ring: 1, micros: 1)
        }
      ),
      (
        .vhostSetBackend,
        SystemError.of { () throws(SystemError) in try kernel.vhostSetBackend(fd, ring: 1, -1) }
      ),
      (
        .vhostRingBase,
        SystemError.of { () throws(SystemError) in _ = try kernel.vhostBase(fd, ring: 1) }
      ),
    ]
  }

  private static func withMemory(_ body: (GuestMemory) throws -> Void) throws {
    let host = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 4096)
    host.initializeMemory(as: UInt8.self, repeating: 0)
    defer { host.deallocate() }
    try body(GuestMemory(regions: [.init(guestAddress: 0, host: host)]))
  }

  @Test func `another file knows none of its requests, and each refusal names its own`() throws {
    let kernel = Kernel()
    let counter = Descriptor(owning: try kernel.createCounter(), in: kernel)
    try Self.withMemory { (memory) throws in
      for (call, error) in Self.requests(kernel, counter.number, counter.number, memory) {
        #expect(error == SystemError(call: call, code: Errno.notTerminal), "\(call)")
      }
      let place = SystemError.of { () throws(SystemError) in
        try kernel.vhostSetPlace(counter.number, ring: 0, descriptors: 0, available: 0, used: 0)
      }
      #expect(place == SystemError(call: .vhostSetRingPlace, code: Errno.notTerminal))
    }
  }

  @Test func `it is there with what rings need, or the refusal says why not`() throws {
    let kernel = Kernel()
    let number: CInt
    do throws(SystemError) {
      number = try kernel.openVhost()
    } catch {
      #expect(error.call == .open)
      #expect([Errno.noEntry, Errno.accessDenied, Errno.noDevice].contains(error.code))
      return
    }
    let vhost = Descriptor(owning: number, in: kernel)
    #expect(try kernel.kind(of: number).type == .characterDevice(major: 10, minor: 238))
    #expect(try kernel.isNonBlocking(number))
    #expect(try kernel.vhostFeatures(number) & 1 << 32 != 0)
    let counter = Descriptor(owning: try kernel.createCounter(), in: kernel)
    try Self.withMemory { (memory) throws in
      let early = SystemError.of { () throws(SystemError) in
        try kernel.vhostSetMemory(vhost.number, memory)
      }
      #expect(early == SystemError(call: .vhostSetMemory, code: Errno.notPermitted))
      for (call, error) in Self.requests(kernel, vhost.number, counter.number, memory) {
        #expect(error == nil, "\(call)")
      }
      #expect(try kernel.vhostBase(vhost.number, ring: 1) == 7)
      let again = SystemError.of { () throws(SystemError) in try kernel.vhostSetOwner(vhost.number)
      }
      #expect(again == SystemError(call: .vhostSetOwner, code: Errno.busy))
    }
  }
}
