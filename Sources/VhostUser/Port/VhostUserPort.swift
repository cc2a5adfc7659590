public import BatonCore
package import BatonNet

/// A TAP behind a socket on which VMMs that speak vhost-user connect: the network device of a guest
/// whose VMM knows nothing of Baton.
///
/// Two front-ends may be connected at once, to the one socket: a guest that is migrated to another
/// VMM of this host has its rings stopped by the one and started by the other, and the chart
/// Custody says who has the TAP. What comes for the guest in between waits in the TAP's queue. The
/// TAP is opened once and belongs to the port, not to a session.
public final class VhostUserPort {
  /// The most queue pairs: a message names a ring in eight bits.
  public static let pairsMax = 128
  /// What the embedder asked for.
  public let options: Options
  /// How refusals and records name the port.
  public let name: Name
  let loop: any Loop
  package let tap: Tap
  /// Who had the TAP in the process before; asked for once.
  private var successor: UInt8?
  /// When its rings were left alone for the last switch, on the loop's clock.
  var heldAt: UInt64 = 0
  /// How long nobody served the rings when the port came from another process, in nanoseconds; 0
  /// when it did not.
  public internal(set) var blackoutNanos: UInt64 = 0
  /// What guests that went from one VMM to another waited for.
  var changeovers = ChangeoverClock()
  /// What came with an offer.
  var arrival: PortArrival?
  let life: PortLife
  let custody: Custody
  /// Those who call VMMs that listen, one for each place that has one.
  private(set) var callers: [Caller] = []
  var sessions: [Session?] = [nil, nil]
  /// Sessions that are over, until nobody stands in them any more.
  var departed: [Session] = []
  /// Addresses that the network is to be told of when the session has the TAP.
  var announcements: [MACAddress?] = [nil, nil]
  private let policy = Staying()
  /// What the TAP hears of migrations: the port's own alone. Lists that others share also tell of
  /// those that move other ports, and a TAP that heard of their end would open an interface of its
  /// own, or let go of what has come to it.
  private let moves = NotifierList()
  /// Whether it is served as soon as its TAP is open, and not when it has come from elsewhere.
  private var beginsAfresh = false
  private let registry: (any MachineRegistry)?
  /// How records name its machines.
  private let label: String
  private var numbers: [UInt16] = []
  private var listener: Descriptor?
  private var file: SocketFile?
  private var accepting: Watch?
  private var round: RoundWatch?
  /// Why somebody could not be let in last.
  private(set) var hindrance: Refusal?
  private unowned(unsafe) let follower: any VhostUserPortWatcher

  static let listenerWatch = 1
  static let roundWatch = 2
  private static let backlog: CInt = 16

  /// Opens the TAP and meets its VMMs, or waits for a port that comes from another process.
  ///
  /// - Parameters:
  ///   - loop: What everything here is confined to.
  ///   - name: The port's identity, equal in both processes.
  ///   - options: The socket, the TAP, and what guests are offered.
  ///   - isIncoming: True to take everything over from another process.
  ///   - watcher: Told what happens; it owns the port and so outlives it.
  ///   - process: What records call the process, in front of the port's own name; empty for none.
  ///   - registry: Sees every microstep of the port's charts.
  /// - Throws: What the kernel refused of the TAP or the socket, or an option that cannot be.
  public init(
    _ loop: any Loop, name: Name, _ options: Options, isIncoming: Bool = false,
    watcher: any VhostUserPortWatcher, process: String = "",
    registry: (any MachineRegistry)? = nil
  ) throws(Refusal) {
    self.loop = loop
    self.name = name
    self.options = options
    self.registry = registry
    label = process.isEmpty ? "\(name)" : "\(process) \(name)"
    // Safe: only stored here; the watcher owns the port.
    unsafe follower = watcher
    let numbers = [
      Legend(TapChart.table, instance: label), Legend(PortChart.table, instance: label),
      Legend(CustodyChart.table, instance: label),
    ].compactMap { registry?.register($0) }
    self.numbers = numbers
    tap = Tap(
      loop, name: name, options: options.tap, notifiers: moves, policy: policy,
      number: numbers.first ?? 0, observer: registry)
    life = PortLife(loop, number: numbers.dropFirst().first ?? 0, observer: registry)
    custody = Custody(loop, number: numbers.last ?? 0, observer: registry)
    tap.port = self
    custody.owner = self
    life.owner = self
    if case .connect(let paths) = options.meeting { makeCallers(paths) }
    if !isIncoming { try listen() }
    beginsAfresh = !isIncoming
    try tap.begin(isIncoming ? .incoming : .running)
  }

  private func makeCallers(_ paths: [SocketPath]) {
    for (place, path) in paths.prefix(sessions.count).enumerated() {
      let number = registry?.register(Legend(CallerChart.table, instance: "\(label) \(place)"))
      if let number { numbers.append(number) }
      callers.append(
        Caller(
          loop, place: place, path: path, port: self, number: number ?? 0, observer: registry))
    }
  }

  private func listen() throws(Refusal) {
    do throws(SystemError) {
      switch options.meeting {
      case .connect: break
      case .activated(let number?):
        let socket = Descriptor(owning: number, in: loop.kernel)
        _ = try loop.kernel.socketFamily(number)
        try loop.kernel.setNonBlocking(number)
        adopt(socket)
      case .activated(nil):
        throw SystemError(call: .listen, code: Errno.badDescriptor)
      case .listen(let path):
        let isOwn = (options.peerUserID ?? loop.kernel.userID) == loop.kernel.userID
        let number = try loop.kernel.listen(
          path: path, backlog: Self.backlog, mode: isOwn ? 0o600 : 0o666)
        adopt(Descriptor(owning: number, in: loop.kernel))
      }
    } catch {
      throw Refusal(error, subject: name)
    }
  }

  deinit {
    close()
    tap.port = nil
  }

  // Safe: the watcher owns the port and so outlives it.
  var watcher: any VhostUserPortWatcher { unsafe follower }

  /// Ends every session, closes the TAP, and removes the socket if it is still ours; of what
  /// another process may have by now it says nothing to anybody.
  public func close() {
    life.send(.close)
    round = nil
    departed.removeAll()
    callers.removeAll()
    custody.owner = nil
    life.owner = nil
    tap.close()
    for number in numbers { registry?.retire(number) }
    numbers.removeAll()
  }

  /// The TAP is open, in `init` or after a script or a helper has run.
  func begin() {
    guard beginsAfresh else { return }
    beginsAfresh = false
    life.send(.activate)
  }

  /// Tells the TAP of a migration that brings the port, and of its end.
  func tell(_ event: MigrationEvent) throws(Refusal) { try moves.notify(event, at: loop.now) }

  /// Whether the TAP is closed for good, and what was owed for it was done.
  public var isClosed: Bool { tap.isClosed }

  /// Whether a program of the TAP runs, or is to run before the port may be forgotten.
  package var hasProgram: Bool { tap.hasProgram }

  /// Says that the TAP is never handed over: it stays where it is.
  private final class Staying: TransferPolicy {
    var transfersBackends: Bool { true }
  }

  /// Something is to be looked at when the round is over; a port at which nothing happened costs a
  /// round nothing, however many ports there are.
  func wantRound() {
    if round == nil { round = RoundWatch(loop, id: Self.roundWatch, calling: self) }
  }

  /// Whether there is a TAP: opened, or come from another process, and not gone since. Who is told
  /// of its loss finds none any more, though its descriptors are about to be closed only.
  package var hasInterface: Bool { tap.hasBackend && tap.state != .failed }

  /// The TAP's interface as the kernel has named it; where there is none, as it was wished for or
  /// was named last.
  public var interfaceName: InterfaceName { tap.memory.properties.name }

  /// How many front-ends are connected, 0 to 2.
  public var frontEndCount: Int { sessions.count { $0 != nil } }

  /// How many guests went from one of two connected VMMs to the other in this process.
  public var changeoverCount: Int { changeovers.count }

  /// What the last of them cost; nil before the first.
  public var changeover: Changeover? { changeovers.last }

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

  /// Who had the TAP in the process before; told once.
  func takeSuccessor() -> UInt8? {
    defer { successor = nil }
    return successor
  }

  /// The socket on which front-ends connect, lent; none when they are called.
  var listenerNumbers: [CInt] { [listener?.number].compactMap { $0 } }

  /// Takes the socket on which front-ends connect, and with it the duty to remove its file.
  func adopt(_ socket: consuming Descriptor) {
    guard options.meeting.listens else { return }
    accepting = Watch(
      loop, descriptor: socket.number, for: .read, id: Self.listenerWatch, calling: self)
    listener = consume socket
    if case .listen(let path) = options.meeting {
      file = loop.kernel.socketFile(path: path)
    }
  }

  /// Who connects waits in the backlog.
  func suspendListener() { accepting?.suspend() }

  /// Who waited is let in.
  func resumeListener() { accepting?.resume() }

  /// The socket is another process's, with its file.
  func forgetListener() {
    accepting = nil
    listener = nil
    file = nil
  }

  /// Nobody may connect any more.
  func removeListener() {
    if case .listen(let path) = options.meeting, let file {
      _ = try? loop.kernel.unlink(path: path, ifStill: file)
    }
    forgetListener()
  }

  private func accept() {
    guard let number = listener?.number else { return }
    let socket: Descriptor
    do throws(SystemError) {
      socket = Descriptor(owning: try loop.kernel.accept(number), in: loop.kernel)
    } catch {
      if error.isWouldBlock { return }
      hindrance = Refusal(error, subject: name)
      life.send(.unaccepted)
      return
    }
    life.send(.accepted)
    do throws(Refusal) { try welcome(socket) } catch {
      watcher.port(self, turnedAway: error)
    }
  }

  /// The process at the other end, which has to be the user's that is served.
  private func check(_ socket: CInt) throws(Refusal) -> Int32? {
    let allowed = options.peerUserID ?? loop.kernel.userID
    let credentials: Credentials
    do { credentials = try loop.kernel.peerCredentials(socket) } catch {
      throw Refusal(error, subject: name)
    }
    guard credentials.uid == allowed else {
      throw Refusal(
        .foreignUser, field: .userID, subject: name, here: .number(UInt64(allowed)),
        there: .number(UInt64(credentials.uid)))
    }
    return credentials.pid
  }

  private func welcome(_ socket: consuming Descriptor) throws(Refusal) {
    let process = try check(socket.number)
    guard let place = sessions.firstIndex(where: { $0 == nil }) else {
      throw Refusal(
        .invalid, field: .deviceCount, subject: name, here: .number(UInt64(sessions.count)),
        there: .number(UInt64(sessions.count + 1)))
    }
    begin(socket, at: place, process: process)
  }

  private func begin(_ socket: consuming Descriptor, at place: Int, process: Int32?) {
    let session = newSession(at: place, over: socket)
    sessions[place] = session
    session.resume()
    watcher.port(self, connected: process)
  }

  /// Connects to a VMM that listens, and begins a session with it.
  func call(_ path: SocketPath, _ place: Int) throws(Refusal) {
    let socket: Descriptor
    do { socket = Descriptor(owning: try loop.kernel.connect(path: path), in: loop.kernel) } catch {
      throw Refusal(error, subject: name)
    }
    let process = try check(socket.number)
    begin(socket, at: place, process: process)
  }

  /// A session that reads nothing before it is resumed.
  func newSession(at place: Int, over socket: consuming Descriptor) -> Session {
    Session(
      loop, socket, place: UInt8(place), configuration: configuration, owner: self,
      name: "\(label) \(place)", registry: registry)
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
    round = nil
    if life.isServing { for session in sessions { session?.lookForLoss() } }
    // Nobody stands in them any more, and they close what they had.
    departed.removeAll()
    guard life.isServing, let holder else { return }
    holder.lookForFaults()
    if holder.device.hasPendingInterrupts { holder.device.flushInterrupts(to: holder) }
  }
}

@available(*, unavailable)
extension VhostUserPort: Sendable {}
