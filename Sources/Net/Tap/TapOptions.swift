public import BatonCore

/// How a TAP is wished for, as the user gives it.
public struct TapOptions: Hashable, Sendable {
  /// The wish for a virtio-net header in front of every frame.
  public enum HeaderWish: UInt8, Hashable, Sendable {
    /// One, if the kernel has it.
    case wanted
    /// One, or the TAP is not opened.
    case required
    /// No header, whatever the kernel has.
    case off
  }

  /// The interface, or a template such as `tap%d`; nil lets the kernel number `tap%d`.
  public var name: InterfaceName?
  /// The network namespace where the interface is, or is made; nil for the calling thread's.
  public var network: TapNetwork?
  /// How many queues of that one interface, 1 to 256.
  public var queues: Int
  /// The wish for a virtio-net header.
  public var vnetHeader: HeaderWish
  /// How many bytes the queues may have on their way; nil and 0 are no limit.
  ///
  /// That the kernel refuses it counts only when it was asked for, be it by 0.
  public var sendBuffer: UInt32?
  /// The size in bytes of the virtio-net header, 10 to 256; 12 has the number of buffers.
  public var headerSize: UInt32
  /// The MTU of the interface in bytes, 68 to 65535; nil leaves it as it is.
  ///
  /// Who asks for one needs CAP_NET_ADMIN where the interface is. It is not what the guest is told:
  /// that is `NetDevice.Options.mtu`.
  public var mtu: UInt16?

  /// TAPs that are open already, one for each queue; nil opens them here.
  ///
  /// Whoever is made of these options owns them from then on and closes them once: make one of
  /// them only. Each must be an open descriptor.
  public var fds: [CInt]?
  /// The program that makes the TAP and sends its descriptor (QEMU's bridge helper).
  public var helper: TapProgram?
  /// The bridge that the helper is told of; nil for `br0`.
  public var bridge: InterfaceName?
  /// Run with the interface's name once that is open; the TAP is not used when it fails.
  public var script: TapProgram?
  /// Run with the interface's name when the TAP is closed for good, by whoever has it then.
  public var downScript: TapProgram?
  /// The wish for the kernel's own datapath.
  public var vhost = VhostWish.off
  /// Descriptors of /dev/vhost-net, one for each queue; owned as ``fds`` are.
  public var vhostFDs: [CInt] = []
  /// How long vhost-net looks for frames before it sleeps, in microseconds.
  public var pollMicros: UInt32 = 0

  /// How long a script or a helper may run before it is killed, in milliseconds.
  public var programMillis: UInt32 = 20_000

  /// The wish for vhost-net.
  public enum VhostWish: UInt8, Hashable, Sendable {
    /// The rings are served in this process.
    case off
    /// By the kernel if it can, else in this process.
    case wanted
    /// By the kernel, or the TAP is not opened.
    case required
  }

  /// One queue, a header of 12 bytes if the kernel has one, and no limit unless said otherwise.
  public init(
    name: InterfaceName? = nil, queues: Int = 1, vnetHeader: HeaderWish = .wanted,
    sendBuffer: UInt32? = nil, headerSize: UInt32 = 12, mtu: UInt16? = nil
  ) {
    self.name = name
    self.queues = queues
    self.vnetHeader = vnetHeader
    self.sendBuffer = sendBuffer
    self.headerSize = headerSize
    self.mtu = mtu
  }

  /// The most queues of one interface (the kernel's MAX_TAP_QUEUES).
  public static let queuesMax = 256
  /// The longest header that is made room for, in bytes.
  static let headerSizeMax: UInt32 = 256

  /// The template of QEMU and of the kernel.
  private static let template = InterfaceName(bytes: [0x74, 0x61, 0x70, 0x25, 0x64])!

  /// The name that the kernel is asked for.
  var requestedName: InterfaceName { name ?? Self.template }

  /// Whether the kernel chooses the name.
  var isTemplate: Bool {
    guard let name else { return true }
    for position in 0..<name.count where name[position] == 0x25 { return true }
    return false
  }

  /// The limit that the kernel is told: zero and what is beyond its numbers are no limit.
  var sendBufferLimit: UInt32 {
    guard let sendBuffer, sendBuffer > 0 else { return UInt32(Int32.max) }
    return min(sendBuffer, UInt32(Int32.max))
  }

  /// Why these options cannot be; nil when they can.
  var impossibility: Refusal? {
    let subject = requestedName.text
    guard 1...Self.queuesMax ~= queues else {
      return Refusal(
        .invalid, field: .queueCount, subject: subject, here: .number(UInt64(Self.queuesMax)),
        there: .number(UInt64(clamping: queues)))
    }
    if let exclusion { return exclusion }
    if vhost == .required { return vhostRefusal }
    for setting in TapSetting.allCases {
      guard let bounds = setting.bounds, let asked = setting.asked(self) else { continue }
      guard bounds.least <= asked, asked <= bounds.most else {
        return Refusal(
          .invalid, field: setting.field, subject: subject, here: .name(Name(bounds.text)),
          there: .number(UInt64(asked)))
      }
    }
    return nil
  }

  /// The flags of a descriptor with or without a header.
  func flags(withHeader hasHeader: Bool) -> TunFlags {
    var flags: TunFlags = [.tap, .noPacketInfo]
    if hasHeader { flags.insert(.vnetHeader) }
    if queues > 1 { flags.insert(.multiQueue) }
    return flags
  }

  /// Frames go through the rings of this process, whatever the kernel has.
  var vhostRefusal: Refusal {
    Refusal(
      .unsupported, field: .vhost, subject: requestedName.text, here: .name(Name("userspace")),
      there: .name(Name("kernel")))
  }

  /// Whether the kernel is to serve the rings, if it can.
  package var wishesForKernel: Bool { vhost != .off || !vhostFDs.isEmpty }

  /// What a device's datapath is made of; nil when its rings are served by this process. QEMU's
  /// rule: descriptors say that it is wished for.
  var vhostWish: Vhost.Wish? {
    guard wishesForKernel else { return nil }
    return Vhost.Wish(
      pairs: queues, isRequired: vhost == .required, pollMicros: pollMicros, given: vhostFDs)
  }

  /// What says how the queues come to be excludes what else would; nil when nothing does.
  private var exclusion: Refusal? {
    guard fds != nil || helper != nil else { return nil }
    let way: Refusal.Field = fds == nil ? .helper : .givenDescriptors
    let others: [(StaticString, Bool)] = [
      ("ifname", name != nil), ("netns", network != nil), ("script", script != nil),
      ("downscript", downScript != nil),
      ("helper", fds != nil && helper != nil),
    ]
    if let other = others.first(where: { $0.1 }) {
      return Refusal(
        .excluded, field: way, subject: requestedName.text, there: .name(Name(other.0)))
    }
    let count = fds?.count ?? 1
    // None is left of those that another TAP was made of: it may still adopt some.
    guard count != queues, fds?.isEmpty != true else { return nil }
    return Refusal(
      .invalid, field: .queueCount, subject: requestedName.text, here: .number(UInt64(count)),
      there: .number(UInt64(clamping: queues)))
  }
}
