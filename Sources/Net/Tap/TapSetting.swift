public import BatonCore

/// What is set on a TAP with one kernel call each, in the order in which the opening sets it.
///
/// Everything that tells one setting from another stands here, as a question with an answer for
/// each. Beside it a setting needs its state and the action of that in ``TapChart``. Its number is
/// its place in ``TapSettings`` and on the wire: a new one comes last.
public enum TapSetting: UInt8, Symbol {
  /// The size in bytes of the virtio-net header in front of a frame (TUNSETVNETHDRSZ).
  case headerSize
  /// How many bytes the queues may have on their way (TUNSETSNDBUF).
  case sendBuffer
  /// What may be left to the guest, ``TunOffload`` bits (TUNSETOFFLOAD). The guest's driver wishes
  /// for it, not the options, and the kernel does not tell what it has.
  case offload
  /// The most bytes of a packet on the interface (SIOCSIFMTU), by its name, so that it can be set
  /// and read where this process may go. What the guest is told is `NetDevice.Options.mtu`.
  case mtu
}

// MARK: - What is wished for

extension TapSetting {
  /// How a refusal names it.
  var field: Refusal.Field {
    switch self {
    case .headerSize: .headerSize
    case .sendBuffer: .sendBuffer
    case .offload: .offload
    case .mtu: .interfaceMTU
    }
  }

  /// What the user asked for; nil when that was left to us. It must not be refused then.
  func asked(_ options: TapOptions) -> UInt32? {
    switch self {
    case .headerSize: options.headerSize
    case .sendBuffer: options.sendBuffer
    case .offload: nil
    case .mtu: options.mtu.map(UInt32.init)
    }
  }

  /// What may be asked for, the least and the most; nil when the kernel alone decides.
  var bounds: (least: UInt32, most: UInt32, text: StaticString)? {
    switch self {
    // The kernel's least, and what the buffer of a frame has room for.
    case .headerSize: (10, TapOptions.headerSizeMax, "10 to 256")
    case .sendBuffer, .offload: nil
    // The least that IPv4 needs (RFC 791), and what 16 bits hold; a TAP takes 14 bytes less.
    case .mtu: (68, UInt32(UInt16.max), "68 to 65535")
    }
  }

  /// What the opening sets on a TAP with these flags; nil for what it leaves as it is.
  func wish(_ options: TapOptions, _ flags: TunFlags) -> UInt32? {
    switch self {
    case .headerSize: flags.contains(.vnetHeader) ? options.headerSize : nil
    case .sendBuffer: options.sendBufferLimit
    case .offload: nil
    case .mtu: asked(options)
    }
  }
}

// MARK: - What belongs to a move

extension TapSetting {
  /// Whether an offer is refused when source, kernel and options do not have the same.
  var isCompared: Bool {
    switch self {
    case .headerSize, .mtu: true
    case .sendBuffer, .offload: false
    }
  }

  /// Whether the target sets at the take what the source had last and the kernel has not.
  ///
  /// On adopted descriptors the source has set its offloads itself. On a TAP of its own the target
  /// keeps its own send buffer. The MTU belongs to an interface and to who looks after that.
  func isTakenOver(isAdopted: Bool, _ flags: TunFlags) -> Bool {
    switch self {
    case .headerSize: flags.contains(.vnetHeader)
    case .sendBuffer: isAdopted
    case .offload: !isAdopted
    case .mtu: false
    }
  }

  /// Whether 0 is a value; where it is none, it stands on the wire for "not told".
  var canBeZero: Bool {
    switch self {
    case .headerSize, .sendBuffer, .mtu: false
    case .offload: true
    }
  }

  /// What a word on the wire tells; nil for nothing.
  func told(_ word: UInt32) -> UInt32? { word == 0 && !canBeZero ? nil : word }
}

// MARK: - The calls

extension TapSetting {
  /// Whether the kernel tells it; if not, the last word is what was set last.
  var isTold: Bool {
    switch self {
    case .headerSize, .sendBuffer, .mtu: true
    case .offload: false
    }
  }

  /// Whether the interface is asked by its name, and not by a descriptor.
  var isByName: Bool {
    switch self {
    case .headerSize, .sendBuffer, .offload: false
    case .mtu: true
    }
  }

  /// Whether each queue of a macvtap has a value of its own; those of a TAP have one together.
  var isPerQueue: Bool {
    switch self {
    case .headerSize, .sendBuffer: true
    case .offload, .mtu: false
    }
  }

  /// What the kernel has; nil when it does not tell.
  func read(
    _ kernel: Kernel, _ queue: CInt, _ interface: InterfaceName
  ) throws(SystemError) -> UInt32? {
    switch self {
    case .headerSize: UInt32(clamping: try kernel.tunHeaderSize(queue))
    case .sendBuffer: try Self.sendBuffer(kernel, queue)
    case .offload: nil
    // Not found by its name in another network namespace.
    case .mtu: try? kernel.interfaceMTU(interface)
    }
  }

  /// A macvtap has a send buffer, and no call that tells it.
  private static func sendBuffer(
    _ kernel: Kernel, _ queue: CInt
  ) throws(SystemError) -> UInt32? {
    do throws(SystemError) { return UInt32(clamping: try kernel.tunSendBuffer(queue)) } catch {
      guard error.code == Errno.invalid else { throw error }
      return nil
    }
  }

  /// Sets it, for all queues of the device, but see ``isPerQueue``.
  func write(
    _ value: UInt32, _ kernel: Kernel, _ queue: CInt, _ interface: InterfaceName
  ) throws(SystemError) {
    switch self {
    case .headerSize: try kernel.tunSetHeaderSize(queue, CInt(clamping: value))
    // The kernel keeps one limit for all queues of a device (tun_set_sndbuf).
    case .sendBuffer: try kernel.tunSetSendBuffer(queue, CInt(clamping: value))
    case .offload: try kernel.tunSetOffload(queue, value)
    case .mtu: try kernel.setInterfaceMTU(interface, value)
    }
  }
}
