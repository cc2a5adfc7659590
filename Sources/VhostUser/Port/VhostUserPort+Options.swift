public import BatonCore
public import BatonNet

extension VhostUserPort {
  /// How a port and its VMMs find each other.
  public enum Meeting: Hashable, Sendable {
    /// The port listens at this path, and VMMs connect; it is removed when the port closes.
    case listen(SocketPath)
    /// VMMs listen at these paths (QEMU: `server=on`), one or two; each is called until it
    /// answers, and again when it has left.
    case connect([SocketPath])

    /// A service manager has made the socket, listens at it already, and removes it: its
    /// descriptor, which the port closes; nil where it comes from the process before.
    case activated(CInt?)

    /// The first of its paths, for those who want to name the port by it.
    public var path: SocketPath? {
      switch self {
      case .listen(let path): path
      case .connect(let paths): paths.first
      case .activated: nil
      }
    }

    /// Whether front-ends connect here.
    var listens: Bool { if case .connect = self { false } else { true } }
  }

  /// How a port is wished for: its socket, its TAP, and what guests are offered.
  public struct Options: Hashable, Sendable {
    /// Where the port and its VMMs meet.
    public var meeting: Meeting
    /// The TAP; its header is as long as the guest's, whatever is said here.
    public var tap: TapOptions
    /// The offloads that the guest is offered.
    public var offloads: VirtioFeatures
    /// The longest ring in entries, a power of two up to 1024.
    public var ringSizeMax: UInt16
    /// The user whose VMM is served; nil is the user of this process.
    public var peerUserID: UInt32?

    /// Checksums and TCP segments both ways, with ECN: what Linux guests and TAPs can do.
    public static let offloads: VirtioFeatures = [
      .csum, .guestCsum, .guestTSO4, .guestTSO6, .guestECN, .hostTSO4, .hostTSO6, .hostECN,
    ]

    /// A port with every offload that a TAP has, unless said otherwise.
    public init(
      _ meeting: Meeting, tap: TapOptions, offloads: VirtioFeatures = Self.offloads,
      ringSizeMax: UInt16 = 1024, peerUserID: UInt32? = nil
    ) {
      self.meeting = meeting
      self.tap = tap
      self.tap.headerSize = UInt32(VirtioNet.headerByteCount)
      self.tap.vnetHeader = .required
      self.offloads = offloads
      self.ringSizeMax = ringSizeMax
      self.peerUserID = peerUserID
    }

    /// A port that listens at a path; see the other initialiser.
    public init(
      socket: SocketPath, tap: TapOptions, offloads: VirtioFeatures = Self.offloads,
      ringSizeMax: UInt16 = 1024, peerUserID: UInt32? = nil
    ) {
      self.init(
        .listen(socket), tap: tap, offloads: offloads, ringSizeMax: ringSizeMax,
        peerUserID: peerUserID)
    }
  }
}
