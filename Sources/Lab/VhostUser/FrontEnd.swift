package import BatonCore
import BatonHost
import BatonNet
package import BatonVhostUser

/// A front-end of vhost-user, as a VMM has one: tells a backend of a guest's memory and rings, and
/// lets the guest run when it is rung for.
package final class FrontEnd: Watcher {
  /// Why a backend cannot be spoken with.
  package enum Failure: Error, Sendable {
    /// It has closed the connection.
    case gone
    /// It did not answer this request in time.
    case late(VhostRequest)
  }

  private let lab: Lab
  private let kernel: Kernel
  private let guest: FrontEndGuest
  private let socket: Descriptor
  /// Of each ring.
  private var kicks: Descriptors
  private var calls: Descriptors
  private var watches: [Held] = []
  private var inbox: [UInt8] = []
  /// True while the guest runs here. One that is stopped runs nowhere: what it would say by this
  /// front-end's kicks, nobody would hear.
  private var isRunning = false
  /// True once the backend has closed the connection.
  package private(set) var isGone = false
  /// How much of a message goes out at once.
  package var bytesPerSend = Int.max
  /// How often the guest was interrupted.
  package private(set) var interrupts = 0

  /// Where this front-end says that it has the memory: nobody's address, since only the backend
  /// has to make sense of it.
  private static let userAddress: UInt64 = 0x7f12_3450_0000
  /// VHOST_USER_F_PROTOCOL_FEATURES.
  package static let extensions: UInt64 = 1 << 30
  private static let socketWatch = 1 << 16
  private static let timeoutMillis: UInt64 = 10_000
  private static let headerByteCount = 12

  /// A watch that can stand in a list.
  private final class Held {
    private let watch: Watch
    init(_ watch: consuming Watch) { self.watch = watch }
  }

  /// A counter to lend, and a page of memory.
  package var someCounter: CInt { kicks[0] }
  package var someMemory: CInt { page.number }
  /// By which the backend rings for the guest, a ring each.
  package var callNumbers: [CInt] { (0..<2 * guest.pairs).map { calls[$0] } }
  private let page: Descriptor

  /// Connects to a backend; nothing is said yet.
  package convenience init(
    _ lab: Lab, _ guest: FrontEndGuest, at path: SocketPath
  ) throws(SystemError) {
    let kernel = lab.loop.kernel
    try self.init(
      lab, guest, over: Descriptor(owning: try kernel.connect(path: path), in: kernel))
  }

  /// Speaks with a backend that has connected; nothing is said yet.
  package init(
    _ lab: Lab, _ guest: FrontEndGuest, over socket: consuming Descriptor
  ) throws(SystemError) {
    self.lab = lab
    self.guest = guest
    kernel = lab.loop.kernel
    self.socket = socket
    page = Descriptor(
      owning: try kernel.createMemory(name: "baton-page", byteCount: 4096), in: kernel)
    kicks = Descriptors(in: kernel)
    calls = Descriptors(in: kernel)
    for _ in 0..<2 * guest.pairs {
      kicks.append(Descriptor(owning: try kernel.createCounter(), in: kernel))
      calls.append(Descriptor(owning: try kernel.createCounter(), in: kernel))
    }
    watches.append(
      Held(
        Watch(
          lab.loop, descriptor: self.socket.number, for: .read, id: Self.socketWatch, calling: self)
      ))
    for ring in 0..<2 * guest.pairs {
      watches.append(
        Held(Watch(lab.loop, descriptor: calls[ring], for: .read, id: ring, calling: self)))
    }
  }

  deinit { watches = [] }

  /// Hangs up without a word, as a VMM does that is killed.
  package func close() {
    isRunning = false
    watches = []
    isGone = true
    try? kernel.shutdown(socket.number)
  }

  /// Looks at nothing any more, of the backend's or the guest's, and stays connected.
  package func deafen() {
    isRunning = false
    watches = []
  }

  // MARK: What is said

  /// What QEMU says when it connects, long before its guest runs.
  package func greet() throws {
    _ = try ask(.getFeatures)
    _ = try ask(.getProtocolFeatures)
    try say(.setProtocolFeatures, numbers: [guest.pairs > 1 ? 1 : 0])
    try say(.setOwner)
    for ring in 0..<2 * guest.pairs { try enable(ring) }
  }

  /// What QEMU says when its guest's driver starts, or the guest has come to it.
  ///
  /// - Parameter pairs: How many are started; the others stay as they are.
  package func start(pairs: Int? = nil) throws {
    let rings = 0..<2 * (pairs ?? guest.pairs)
    try sayDriver()
    for ring in rings { try sayRing(ring) }
    isRunning = true
    // Whoever starts a guest lets it look at everything once.
    for ring in rings { run(ring) }
  }

  /// As ``start()``, with a pause behind each pair, of which the backend has heard by then; the
  /// guest runs behind the last one and looks at its last ring first.
  package func start(pausing: () throws -> Void) throws {
    try sayDriver()
    for pair in 0..<guest.pairs {
      for ring in [2 * pair, 2 * pair + 1] { try sayRing(ring) }
      _ = try ask(.getFeatures)
      try pausing()
    }
    isRunning = true
    for ring in (0..<2 * guest.pairs).reversed() { run(ring) }
  }

  /// What QEMU says when its guest has stopped: each ring's base comes back.
  package func stop() throws { try stop {} }

  /// As ``stop()``, with a pause behind each pair.
  package func stop(pausing: () throws -> Void) throws {
    isRunning = false
    for ring in 0..<2 * guest.pairs {
      guest.bases[ring] = UInt16(truncatingIfNeeded: try ask(.getRingBase, UInt64(ring)) >> 32)
      if ring % 2 == 1 { try pausing() }
    }
  }

  private func sayDriver() throws {
    try say(.setFeatures, numbers: [guest.features | Self.extensions])
    try sayMemory()
  }

  private func sayRing(_ ring: Int) throws {
    let place = guest.model.place(of: ring)
    let index = UInt64(ring)
    try say(.setRingSize, numbers: [index | UInt64(place.size) << 32])
    try say(.setRingBase, numbers: [index | UInt64(guest.bases[ring]) << 32])
    try say(
      .setRingAddress,
      numbers: [
        index, user(place.descriptors), user(place.used), user(place.available), place.used,
      ])
    try say(.setRingKick, numbers: [index], lending: [kicks[ring]])
    try say(.setRingCall, numbers: [index], lending: [calls[ring]])
  }

  /// Lets frames pass in a ring, or none.
  package func enable(_ ring: Int, _ isEnabled: Bool = true) throws {
    try say(.setRingEnabled, numbers: [UInt64(ring) | (isEnabled ? 1 : 0) << 32])
  }

  /// Tells of the guest's memory.
  package func sayMemory() throws {
    let bytes = guest.ram.regions[0].byteCount
    // One region; the second half of the first number is padding.
    try say(
      .setMemoryTable,
      numbers: [1, FrontEndGuest.guestAddress, bytes, Self.userAddress, 0],
      lending: guest.ram.lend())
  }

  private func user(_ address: UInt64) -> UInt64 {
    address - FrontEndGuest.guestAddress + Self.userAddress
  }

  // MARK: Messages

  /// Sends a request of numbers of eight bytes each.
  package func say(
    _ request: VhostRequest, numbers: [UInt64] = [], lending descriptors: [CInt] = []
  ) throws {
    var writer = ByteWriter()
    writer.write(request.rawValue)
    writer.write(UInt32(1))
    writer.write(UInt32(8 * numbers.count))
    for number in numbers { writer.write(number) }
    try send(writer.bytes, lending: descriptors)
  }

  /// Sends bytes as they are, descriptors with the first.
  package func send(_ bytes: [UInt8], lending descriptors: [CInt] = []) throws {
    if bytes.count > bytesPerSend {
      try send(Array(bytes[..<bytesPerSend]), lending: descriptors)
      awaitRoom()
      return try send(Array(bytes[bytesPerSend...]))
    }
    let (number, kernel) = (socket.number, kernel)
    // Safe: both are lent for the call.
    let sent = try unsafe bytes.withUnsafeBytes { bytes in
      try unsafe descriptors.withUnsafeBufferPointer { numbers in
        try unsafe kernel.send(number, bytes: bytes, descriptors: numbers)
      }
    }
    if sent != bytes.count { throw Failure.gone }
  }

  /// Waits until the backend has read enough.
  private func awaitRoom() {
    let deadline = kernel.now() + Self.timeoutMillis * 1_000_000
    while !kernel.readiness(of: socket.number).contains(.write), kernel.now() < deadline {
      kernel.yield()
    }
  }

  /// Sends a request and waits for the number that answers it.
  package func ask(_ request: VhostRequest, _ argument: UInt64? = nil) throws -> UInt64 {
    try say(request, numbers: argument.map { [$0] } ?? [])
    return try hear(request)
  }

  /// Waits for the number that answers a request.
  package func hear(_ request: VhostRequest) throws -> UInt64 {
    let length = Self.headerByteCount + 8
    lab.wait(timeoutMillis: Self.timeoutMillis) { inbox.count >= length || isGone }
    guard inbox.count >= length else { throw isGone ? Failure.gone : Failure.late(request) }
    let number = (0..<8).reduce(UInt64(0)) {
      $0 | UInt64(inbox[Self.headerByteCount + $1]) << UInt64(8 * $1)
    }
    inbox.removeFirst(length)
    return number
  }

  // MARK: What is heard

  /// The loop calls: the backend has answered, or has rung for a ring.
  package func ready(_ what: Ready, watch: Int) {
    if watch == Self.socketWatch { return receive() }
    empty(calls[watch])
    interrupts += 1
    run(watch)
  }

  /// The guest looks at a ring, and rings for the backend if it has something for it.
  private func run(_ ring: Int) {
    guard isRunning else { return }
    let pair = ring / 2
    // Ends: a guest that has nothing more does not want to go on.
    for _ in 0..<64 {
      let wishes = guest.driver.step(queue: ring)
      if wishes.contains(.receive) { kick(2 * pair) }
      if wishes.contains(.transmit) { kick(2 * pair + 1) }
      guard wishes.contains(.again) else { return }
    }
  }

  private func kick(_ ring: Int) {
    let (number, kernel) = (kicks[ring], kernel)
    // Safe: the number lives through the call.
    unsafe withUnsafeBytes(of: UInt64(1)) { _ = try? unsafe kernel.write(number, from: $0) }
  }

  private func empty(_ number: CInt) {
    var count: UInt64 = 0
    let kernel = kernel
    // Safe: the number lives through the call.
    unsafe withUnsafeMutableBytes(of: &count) { _ = try? unsafe kernel.read(number, into: $0) }
  }

  private func receive() {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let (number, kernel) = (socket.number, kernel)
    do {
      // Safe: the buffer is lent for the call.
      let count = try unsafe bytes.withUnsafeMutableBytes { buffer in
        try unsafe kernel.read(number, into: buffer)
      }
      if count == 0 { return close() }
      inbox += bytes[..<count]
    } catch let error as SystemError {
      if !error.isWouldBlock { close() }
    } catch {
      close()
    }
  }
}

@available(*, unavailable)
extension FrontEnd: Sendable {}
