import BatonCLinux
import BatonCore
import Testing

// The flags of linux/if_tun.h.
private let tap: UInt16 = 0x0002
private let multiQueue: UInt16 = 0x0100
private let noPacketInformation: UInt16 = 0x1000
private let header: UInt16 = 0x4000
private let plain = tap | noPacketInformation | header

@Suite(.timeLimit(.minutes(15)), .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
struct SystemTunTests {
  private static func attach(
    _ kernel: Kernel, _ name: String, _ flags: UInt16
  ) throws -> (queue: Box<Descriptor>, name: InterfaceName) {
    let queue = Descriptor(owning: try kernel.openTun(), in: kernel)
    let final = try kernel.tunSetInterface(
      queue.number, name: InterfaceName(name) ?? InterfaceName("bad")!, flags: flags)
    return (Box(queue), final)
  }

  @Test func `a fresh descriptor is a character device that is attached to nothing`() async throws {
    let found = try await Namespace.run {
      let kernel = Kernel()
      let tun = Descriptor(owning: try kernel.openTun(), in: kernel)
      return (
        try kernel.kind(of: tun.number), try kernel.isNonBlocking(tun.number),
        try kernel.tunFeatures(tun.number), clinux_get_descriptor_flags(tun.number),
        SystemError.of { () throws(SystemError) in _ = try kernel.tunInterface(tun.number) },
        kernel.tunMutations
      )
    }
    #expect(found.0.type == .characterDevice(major: 10, minor: 200))
    #expect(!found.1)
    #expect(
      UInt16(truncatingIfNeeded: found.2) & (tap | multiQueue | header) == tap | multiQueue | header
    )
    #expect(found.3 == 1)
    #expect(found.4 == SystemError(call: .tunInterface, code: Errno.badDescriptorState))
    #expect(found.5 == 0)
  }

  @Test func `a template gets a number, and the device tells its name, flags and sizes`()
    async throws
  {
    let found = try await Namespace.run {
      let kernel = Kernel()
      let (first, name) = try Self.attach(kernel, "tap%d", plain)
      let (_, second) = try Self.attach(kernel, "tap%d", plain)
      let number = first.value.number
      let fresh = try kernel.tunHeaderSize(number)
      try kernel.tunSetHeaderSize(number, 12)
      try kernel.tunSetSendBuffer(number, 1 << 20)
      try kernel.tunSetOffload(number, 1)
      return (
        name.description, second.description, try kernel.tunInterface(number), fresh,
        try kernel.tunHeaderSize(number), try kernel.tunSendBuffer(number),
        try kernel.interfaceIndex(name), kernel.tunMutations
      )
    }
    #expect(found.0 == "tap0" && found.1 == "tap1")
    #expect(found.2.name == InterfaceName("tap0") && found.2.flags == plain)
    #expect(found.3 == 10 && found.4 == 12 && found.5 == 1 << 20)
    #expect(found.6 > 0)
    #expect(found.7 == 5)
  }

  private static let expectedRefusals: [SystemError] = [
    SystemError(call: .tunSetInterface, code: Errno.busy),
    SystemError(call: .tunSetInterface, code: Errno.invalid),
    SystemError(call: .tunSetInterface, code: Errno.exists),
    SystemError(call: .tunSetSendBuffer, code: Errno.invalid),
    SystemError(call: .tunSetOffload, code: Errno.invalid),
    SystemError(call: .tunSetHeaderSize, code: Errno.invalid),
    SystemError(call: .tunSetQueue, code: Errno.invalid),
    SystemError(call: .interfaceIndex, code: Errno.noDevice),
    SystemError(call: .open, code: Errno.noEntry),
  ]

  @Test func `every refusal says its call and its number`() async throws {
    let found = try await Namespace.run {
      let kernel = Kernel()
      let (queue, name) = try Self.attach(kernel, "t0", plain)
      let number = queue.value.number
      let other = Descriptor(owning: try kernel.openTun(), in: kernel)
      let before = kernel.tunMutations
      let errors = [
        SystemError.of { () throws(SystemError) in
          _ = try kernel.tunSetInterface(other.number, name: name, flags: plain)
        },
        SystemError.of { () throws(SystemError) in
          _ = try kernel.tunSetInterface(other.number, name: name, flags: plain | multiQueue)
        },
        SystemError.of { () throws(SystemError) in
          _ = try kernel.tunSetInterface(number, name: name, flags: plain)
        },
        SystemError.of { () throws(SystemError) in try kernel.tunSetSendBuffer(number, 0) },
        SystemError.of { () throws(SystemError) in try kernel.tunSetOffload(number, 2) },
        SystemError.of { () throws(SystemError) in try kernel.tunSetHeaderSize(number, 9) },
        SystemError.of { () throws(SystemError) in
          try kernel.tunSetQueue(number, isAttached: false)
        },
        SystemError.of { () throws(SystemError) in
          _ = try kernel.interfaceIndex(InterfaceName("none")!)
        },
        SystemError.of { () throws(SystemError) in _ = try kernel.openMacvtap(index: 4_000_000) },
      ]
      return (errors, kernel.tunMutations - before)
    }
    #expect(found.0 == Self.expectedRefusals)
    // The attempts count, the two last calls change nothing.
    #expect(found.1 == 7)
  }

  @Test func `a queue is detached and attached again`() async throws {
    let errors = try await Namespace.run {
      let kernel = Kernel()
      let (first, name) = try Self.attach(kernel, "t0", plain | multiQueue)
      let second = Descriptor(owning: try kernel.openTun(), in: kernel)
      _ = try kernel.tunSetInterface(second.number, name: name, flags: plain | multiQueue)
      return [false, false, true, true].map { isAttached in
        SystemError.of { () throws(SystemError) in
          try kernel.tunSetQueue(first.value.number, isAttached: isAttached)
        }
      }
    }
    let refused = SystemError(call: .tunSetQueue, code: Errno.invalid)
    #expect(errors == [nil, refused, nil, refused])
  }

  @Test func `persistence and carrier take their arguments each in its own style`() async throws {
    let found = try await Namespace.run {
      let kernel = Kernel()
      let (queue, name) = try Self.attach(kernel, "t0", plain)
      let number = queue.value.number
      try kernel.tunSetPersistent(number, true)
      let on = try kernel.tunInterface(number).flags
      try kernel.tunSetPersistent(number, false)
      let off = try kernel.tunInterface(number).flags
      var raw = name.bytes + [UInt8](repeating: 0, count: 16 - name.count)
      guard clinux_interface_set_up(&raw, 1) == 0 else { throw Namespace.Refused(code: 0) }
      let running = try [true, false, true].map { isOn in
        try kernel.tunSetCarrier(number, isOn: isOn)
        // IFF_RUNNING: the flags stand where the numbers of an interface do. The kernel follows
        // the carrier within a second or so.
        func isRunning() -> Bool { clinux_interface_number(&raw, CInt(SIOCGIFFLAGS)) & 0x40 != 0 }
        let end = kernel.now() + 5_000_000_000
        while isRunning() != isOn, kernel.now() < end { kernel.yield() }
        return isRunning()
      }
      return (on, off, running)
    }
    #expect(found.0 == plain | 0x0800 && found.1 == plain)
    #expect(found.2 == [true, false, true])
  }

  @Test func `an MTU is what was set, and a detached queue is counted`() async throws {
    let found = try await Namespace.run {
      let kernel = Kernel()
      let (first, name) = try Self.attach(kernel, "t0", plain | multiQueue)
      let second = Descriptor(owning: try kernel.openTun(), in: kernel)
      _ = try kernel.tunSetInterface(second.number, name: name, flags: plain | multiQueue)
      try kernel.setInterfaceMTU(name, 1400)
      try kernel.tunSetQueue(first.value.number, isAttached: false)
      return (try kernel.interfaceMTU(name), try kernel.tunQueueCount(name))
    }
    #expect(found == (1400, 2))
  }

  @Test(.timeLimit(.minutes(15)))
  func `the kernel answers an ARP request that we write into the TAP`() async throws {
    let reply = try await Namespace.run {
      let kernel = Kernel()
      let (queue, name) = try Self.attach(kernel, "t0", tap | noPacketInformation)
      let number = queue.value.number
      var raw = name.bytes + [UInt8](repeating: 0, count: 16 - name.count)
      guard clinux_interface_set_address(&raw, 0x0A00_0001, 0xFFFF_FF00) == 0,
        clinux_interface_set_up(&raw, 1) == 0
      else { throw SystemError(call: .interfaceIndex, code: clinux_errno()) }
      let mac: [UInt8] = [2, 0, 0, 0, 0, 9]
      let request: [UInt8] =
        [UInt8](repeating: 0xFF, count: 6) + mac + [8, 6, 0, 1, 8, 0, 6, 4, 0, 1]
        + mac + [10, 0, 0, 2] + [UInt8](repeating: 0, count: 6) + [10, 0, 0, 1]
      try kernel.write(number, request)
      // The kernel may say other things first (MLD, router solicitations).
      while kernel.awaitReadable(number) {
        let frame = try kernel.read(number)
        if frame.count >= 42, frame[12...13] == [8, 6] { return frame }
      }
      return []
    }
    try #require(!reply.isEmpty)
    #expect(Array(reply[20...21]) == [0, 2])
    #expect(Array(reply[28...31]) == [10, 0, 0, 1])
    #expect(Array(reply[38...41]) == [10, 0, 0, 2])
  }
}
