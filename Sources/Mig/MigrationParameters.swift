/// The parameters of a migration, under QEMU's names where QEMU has them.
public struct MigrationParameters: Hashable, Sendable {
  /// The classes of backends that travel as open descriptors (`backend-transfer`).
  public struct BackendTransfer: OptionSet, Hashable, Sendable {
    /// One bit for each class of backends; others than those below are kept and mean nothing.
    public let rawValue: UInt8

    /// A set from bits that were kept elsewhere.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// TAPs behind virtio-net, which QMP calls `virtio-net-tap`.
    public static let virtioNetTap = Self(rawValue: 1)

    /// The name of the one class that there is.
    public static let virtioNetTapName: StaticString = "virtio-net-tap"
  }

  /// `backend-transfer`: which backends travel as open descriptors; none by default.
  public var backendTransfer: BackendTransfer = []
  /// `pause-before-switchover`: stop before the switch until `migrate-continue`.
  public var pausesBeforeSwitchover = false
  /// `patience-ms`: how long the other side may take to answer while the guest runs, in
  /// milliseconds.
  public var patienceMillis: UInt64 = 5_000
  /// `switch-ms`: how long the guest may stand still for the switch, in milliseconds, before the
  /// source takes it back or, where the target has it and does not start it, kills the target.
  public var switchMillis: UInt64 = 300
  /// The user at the other end; nil is the user of this process.
  public var peerUserID: UInt32?
  /// False when an incoming guest stays paused (QEMU's `-S`).
  public var startsGuest = true

  /// Nothing travels as a descriptor, no pause, 5 s of patience, 300 ms for the switch, and this
  /// process's user.
  public init() {}

  /// `local`: the boolean that later versions of QEMU's series have in place of the list, as in
  /// <https://patchew.org/QEMU/20260522120534.77653-1-vsementsov@yandex-team.ru> (version 16).
  public var local: Bool {
    get { backendTransfer.contains(.virtioNetTap) }
    set { backendTransfer = newValue ? [.virtioNetTap] : [] }
  }
}
