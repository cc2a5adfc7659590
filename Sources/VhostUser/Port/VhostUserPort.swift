public import BatonCore
public import BatonNet

/// Someone who is told what happens at a port.
public protocol VhostUserPortWatcher: AnyObject {
  /// A front-end has connected, as this process; nil when the kernel does not say which.
  func port(_ port: VhostUserPort, connected process: Int32?)
  /// A session is over; nil when the front-end left by itself.
  func port(_ port: VhostUserPort, ended fault: VhostFault?)
  /// Somebody was sent away, for this reason: both places are taken, or he is another user.
  func port(_ port: VhostUserPort, turnedAway refusal: Refusal)
  /// A guest has broken one of its rings, which rests until its driver starts anew.
  func port(_ port: VhostUserPort, ring: Int, broken fault: RingFault)
  /// The TAP serves the guest of this front-end (its place, 0 or 1) from now on, or nobody.
  func port(_ port: VhostUserPort, serves place: UInt8?)
  /// The interface was deleted, and the guest has no network any more.
  func port(_ port: VhostUserPort, lost refusal: Refusal)
}

/// A TAP behind a socket on which VMMs that speak vhost-user connect: the network device of a guest
/// whose VMM knows nothing of Baton.
///
/// Two front-ends may be connected at once, to the one socket: a guest that is migrated to another
/// VMM of this host has its rings stopped by the one and started by the other, and the chart
/// Custody says who has the TAP. What comes for the guest in between waits in the TAP's queue. The
/// TAP is opened once and belongs to the port, not to a session.
public final class VhostUserPort {
  /// How a port is wished for: its socket, its TAP, and what guests are offered.
  public struct Options: Hashable, Sendable {
    /// The path at which front-ends connect; removed when the port closes.
    public var socket: SocketPath
    /// The TAP; its header is as long as the guest's, whatever is said here.
    public var tap: TapOptions
    /// The offloads that the guest is offered.
    public var offloads: VirtioFeatures
    /// The longest ring in entries, a power of two up to 1024.
    public var ringSizeMax: UInt16
    /// The user that may connect; nil is the user of this process.
    public var peerUserID: UInt32?

    /// Checksums and TCP segments both ways, with ECN: what Linux guests and TAPs can do.
    public static let offloads: VirtioFeatures = [
      .csum, .guestCsum, .guestTSO4, .guestTSO6, .guestECN, .hostTSO4, .hostTSO6, .hostECN,
    ]

    /// A port with every offload that a TAP has, unless said otherwise.
    public init(
      socket: SocketPath, tap: TapOptions, offloads: VirtioFeatures = Self.offloads,
      ringSizeMax: UInt16 = 1024, peerUserID: UInt32? = nil
    ) {
      self.socket = socket
      self.tap = tap
      self.tap.headerSize = UInt32(VirtioNet.headerByteCount)
      self.tap.vnetHeader = .required
      self.offloads = offloads
      self.ringSizeMax = ringSizeMax
      self.peerUserID = peerUserID
    }
  }

  /// The most queue pairs: a message names a ring in eight bits.
  public static let pairsMax = 128
  /// What the embedder asked for.
  public let options: Options
  /// How refusals and records name the port.
  public let name: Name
  let loop: any Loop
  let tap: Tap
  /// True while another process serves what this one has: before the switch at a target, behind it
  /// at a source.
  var isHeld = false
  /// True while it is offered to another process, and nothing is read from front-ends.
  private var isOffered = false
  /// Who had the TAP in the process before; asked for once.
  private var successor: UInt8?
  /// What came with an offer.
  var arrival: PortArrival?
  let custody: Custody
  var sessions: [Session?] = [nil, nil]
  /// Sessions that are over, until nobody stands in them any more.
  var departed: [Session] = []
  /// Addresses that the network is to be told of when the session has the TAP.
  var announcements: [MACAddress?] = [nil, nil]
  private let policy = Staying()
  private let observer: (any Observer)?
  private var listener: Descriptor?
  private var file: SocketFile?
  private var accepting: Watch?
  private var round: RoundWatch?
  private var again: Timer?
  private unowned(unsafe) let follower: any VhostUserPortWatcher

  static let listenerWatch = 1
  static let roundWatch = 2
  static let againWatch = 3
  /// How long nobody is accepted after the process or the system ran out of descriptors.
  private static let backOffNanos: UInt64 = 100_000_000
  private static let backlog: CInt = 16

  /// Opens the TAP and listens, or waits for a port that comes from another process.
  ///
  /// - Parameters:
  ///   - loop: What everything here is confined to.
  ///   - name: The port's identity, equal in both processes.
  ///   - options: The socket, the TAP, and what guests are offered.
  ///   - isIncoming: True to take everything over from another process.
  ///   - notifiers: Tells of the migration that comes in, if one does.
  ///   - watcher: Told what happens; it owns the port and so outlives it.
  ///   - observer: Sees every microstep of the port's charts.
  /// - Throws: What the kernel refused of the TAP or the socket, or an option that cannot be.
  public init(
    _ loop: any Loop, name: Name, _ options: Options, isIncoming: Bool = false,
    notifiers: NotifierList = NotifierList(), watcher: any VhostUserPortWatcher,
    observer: (any Observer)? = nil
  ) throws(Refusal) {
    self.loop = loop
    self.name = name
    self.options = options
    self.observer = observer
    // Safe: only stored here; the watcher owns the port.
    unsafe follower = watcher
    tap = Tap(
      loop, name: name, options: options.tap, notifiers: notifiers, policy: policy,
      observer: observer)
    custody = Custody(loop, observer: observer)
    tap.port = self
    custody.owner = self
    round = RoundWatch(loop, id: Self.roundWatch, calling: self)
    isHeld = isIncoming
    if !isIncoming { try listen() }
    try tap.begin(isIncoming ? .incoming : .running)
  }

  private func listen() throws(Refusal) {
    let isOwn = (options.peerUserID ?? loop.kernel.userID) == loop.kernel.userID
    do throws(SystemError) {
      let number = try loop.kernel.listen(
        path: options.socket, backlog: Self.backlog, mode: isOwn ? 0o600 : 0o666)
      adopt(Descriptor(owning: number, in: loop.kernel))
    } catch {
      throw Refusal(error, subject: name)
    }
  }

  deinit { close() }

  // Safe: the watcher owns the port and so outlives it.
  var watcher: any VhostUserPortWatcher { unsafe follower }

  /// Ends every session, closes the TAP, and removes the socket if it is still ours.
  public func close() {
    accepting = nil
    again = nil
    round = nil
    // What is held is served by another process: nothing is said of its end.
    if isHeld { forgetSessions() }
    for session in sessions { session?.send(.closed) }
    departed.removeAll()
    tap.port = nil
    custody.owner = nil
    tap.close()
    // Behind the switch it is another process's, whatever becomes of this one.
    if !isHeld, let file { _ = try? loop.kernel.unlink(path: options.socket, ifStill: file) }
    file = nil
  }

  /// Says that the TAP is never handed over: it stays where it is.
  private final class Staying: TransferPolicy {
    var transfersBackends: Bool { true }
  }

  /// How many front-ends are connected, 0 to 2.
  public var frontEndCount: Int { sessions.count { $0 != nil } }

  /// The session that has the TAP.
  var holder: Session? {
    switch custody.state {
    case .free: nil
    case .held, .awaited: sessions[Int(custody.memory.holder)]
    }
  }

  /// The place of who has the TAP, or had it in the process before.
  var holderPlace: UInt8? {
    get { successor ?? (custody.state == .free ? nil : custody.memory.holder) }
    set { successor = newValue }
  }

  /// Whether a port may come from another process.
  var isWaiting: Bool { isHeld && listener == nil }

  /// The socket on which front-ends connect, lent.
  var listenerNumber: CInt { listener?.number ?? -1 }

  /// Takes the socket on which front-ends connect, and with it the duty to remove its file.
  func adopt(_ socket: consuming Descriptor) {
    accepting = Watch(
      loop, descriptor: socket.number, for: .read, id: Self.listenerWatch, calling: self)
    listener = consume socket
    file = loop.kernel.socketFile(path: options.socket)
  }

  private func acceptAgain() {
    again = nil
    if !isOffered { accepting?.resume() }
  }

  /// Nobody is let in, and nothing is read from front-ends; rings are served.
  func hold() {
    isOffered = true
    accepting?.suspend()
    for session in sessions { session?.hold() }
  }

  /// Everything goes on, here.
  func resume() {
    isHeld = false
    isOffered = false
    accepting?.resume()
    // The former holder asks first, or again.
    let first = successor.map { Int($0) }
    successor = nil
    for place in sessions.indices.sorted(by: { a, _ in a == first }) {
      guard let session = sessions[place] else { continue }
      session.resume()
      if session.isActive { custody.send(.want(session.place)) }
    }
    holder?.serveAll()
    tap.feed()
  }

  /// What goes on in another process is forgotten here, without a word.
  func forget() {
    isHeld = true
    accepting = nil
    listener = nil
    file = nil
    forgetSessions()
  }

  /// Drops all sessions; their front-ends do not notice, as long as somebody has their sockets.
  func forgetSessions() {
    for place in sessions.indices {
      if let session = sessions[place] { departed.append(session) }
      sessions[place] = nil
    }
  }

  private func accept() {
    guard let number = listener?.number else { return }
    let socket: Descriptor
    do throws(SystemError) {
      socket = Descriptor(owning: try loop.kernel.accept(number), in: loop.kernel)
    } catch {
      if !error.isWouldBlock {
        watcher.port(self, turnedAway: Refusal(error, subject: name))
        rest()
      }
      return
    }
    do throws(Refusal) { try welcome(socket) } catch {
      watcher.port(self, turnedAway: error)
    }
  }

  /// Who could not be accepted waits, and would be told of in every round.
  private func rest() {
    accepting?.suspend()
    again = Timer(loop, id: Self.againWatch, calling: self)
    again?.arm(after: Self.backOffNanos)
  }

  private func welcome(_ socket: consuming Descriptor) throws(Refusal) {
    let allowed = options.peerUserID ?? loop.kernel.userID
    let credentials: Credentials
    do { credentials = try loop.kernel.peerCredentials(socket.number) } catch {
      throw Refusal(error, subject: name)
    }
    guard credentials.uid == allowed else {
      throw Refusal(
        .foreignUser, field: .userID, subject: name, here: .number(UInt64(allowed)),
        there: .number(UInt64(credentials.uid)))
    }
    guard let place = sessions.firstIndex(where: { $0 == nil }) else {
      throw Refusal(
        .invalid, field: .deviceCount, subject: name, here: .number(UInt64(sessions.count)),
        there: .number(UInt64(sessions.count + 1)))
    }
    sessions[place] = newSession(at: place, over: socket, isHeld: false)
    watcher.port(self, connected: credentials.pid)
  }

  func newSession(
    at place: Int, over socket: consuming Descriptor, isHeld: Bool
  ) -> Session {
    Session(
      loop, socket, place: UInt8(place), configuration: configuration, isHeld: isHeld,
      owner: self, numbers: [], observer: observer)
  }

  private var configuration: VirtioNet.Configuration {
    VirtioNet.Configuration(
      mac: MACAddress(bits: 0x5254_0000_0001), maxPairs: options.tap.queues,
      headerByteCount: VirtioNet.headerByteCount, offloads: options.offloads,
      queueSizeMax: options.ringSizeMax, offersEventIndex: true)
  }
}

/// The loop calls.
extension VhostUserPort: Watcher {
  /// Somebody connects, or a round is over: the guest is interrupted once for all of it.
  public func ready(_ what: Ready, watch: Int) {
    if watch == Self.listenerWatch { return accept() }
    if watch == Self.againWatch { return acceptAgain() }
    departed.removeAll()
    guard !isHeld, let holder else { return }
    holder.lookForFaults()
    if holder.device.hasPendingInterrupts { holder.device.flushInterrupts(to: holder) }
  }
}

@available(*, unavailable)
extension VhostUserPort: Sendable {}
