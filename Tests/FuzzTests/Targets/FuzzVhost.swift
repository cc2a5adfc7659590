import BatonCore

@testable import BatonNet
@testable import BatonVhostUser

/// A front-end that says whatever the fuzzer wants, with descriptors and with guest memory that
/// changes under the device; afterwards nothing may be left open.
///
/// Its input is a list of orders, each a byte and what belongs to it:
///
///     0…99     bytes as they are, so many more, with up to 3 descriptors
///     100…179  a message of the request `order % 21`, whole and mostly possible
///     180…219  a word of guest memory, and a ring is rung
///     220…     a frame for the guest, or the loop alone
enum FuzzVhost {
  private static let guestAddress: UInt64 = 0x10_0000
  private static let userAddress: UInt64 = 0x7000_0000
  private static let byteCount: UInt64 = 1 << 16

  static func run(_ bytes: [UInt8]) {
    let kernel = Kernel()
    let loop = EventLoop(kernel: kernel)
    guard let stranger = try? Stranger(loop) else { return }
    var rest = bytes[...]
    var steps = 0
    while let order = rest.popFirst(), steps < 200 {
      steps += 1
      switch order {
      case ..<100: stranger.sendRaw(&rest, count: Int(order) + 1)
      case ..<180: stranger.sendMessage(UInt32(order % 21), &rest)
      case ..<220: stranger.disturb(&rest)
      case _: stranger.deliver(UInt16(order) << 3)
      }
      for _ in 0..<4 { loop.poll() }
    }
    stranger.end()
    for _ in 0..<4 { loop.poll() }
  }

  /// The port of one session that always has the TAP, whose frames go nowhere.
  private final class Owner: SessionOwner, FrameSink {
    var session: Session?
    var departed: Session?
    var isServing: Bool { true }
    var sink: any FrameSink { self }
    func hasTap(_ session: Session) -> Bool { true }
    func session(_ session: Session, isActive: Bool) {}
    func session(_ session: Session, runs count: Int, insteadOf former: Int) {}
    func session(_ session: Session, worked spell: Spell) {}
    func sessionAgreed(_ session: Session) {}
    func wantRound() {}
    func feed() {}
    func awaitRoom(pair: Int) {}
    func announce(_ mac: MACAddress, of session: Session) {}
    func session(_ session: Session, broke ring: Int, _ fault: RingFault) {}
    func write(pair: Int, frame: UnsafeRawBufferPointer) -> WriteOutcome { .written }
    func session(_ session: Session, ended fault: VhostFault?) {
      departed = session
      self.session = nil
    }
  }

  /// The front-end's side.
  private final class Stranger {
    private let kernel: Kernel
    private let socket: Descriptor
    private let memory: Descriptor
    private let bell: Descriptor
    private let owner = Owner()
    private let words: UnsafeMutableRawPointer

    init(_ loop: EventLoop) throws(SystemError) {
      kernel = loop.kernel
      let (mine, its) = try kernel.socketPair()
      socket = Descriptor(owning: mine, in: kernel)
      let given = Descriptor(owning: its, in: kernel)
      memory = Descriptor(
        owning: try kernel.createMemory(name: "fuzz", byteCount: Int(FuzzVhost.byteCount)),
        in: kernel)
      bell = Descriptor(owning: try kernel.createCounter(), in: kernel)
      words = try kernel.map(memory.number, byteCount: Int(FuzzVhost.byteCount))
      let session = Session(
        loop, given, place: 0,
        configuration: .init(
          mac: MACAddress(bits: 1), maxPairs: 2, headerByteCount: 12, offloads: [.csum],
          queueSizeMax: 256, offersEventIndex: true),
        owner: owner, name: "fuzz", registry: nil)
      owner.session = session
      session.resume()
    }

    deinit { kernel.unmap(words, byteCount: Int(FuzzVhost.byteCount)) }

    func sendRaw(_ rest: inout ArraySlice<UInt8>, count: Int) {
      let carried = Int(rest.popFirst() ?? 0)
      let part = Array(rest.prefix(count))
      rest = rest.dropFirst(part.count)
      send(part, (0..<carried % 4).map { carried & 4 << $0 == 0 ? bell.number : memory.number })
    }

    /// A message that is as long as it says; numbers come from the input, addresses mostly lie in
    /// memory, and descriptors are those that it needs, or one less.
    func sendMessage(_ request: UInt32, _ rest: inout ArraySlice<UInt8>) {
      let twist = rest.popFirst() ?? 0
      func number() -> UInt64 { UInt64(rest.popFirst() ?? 0) }
      let ring = number() % 5
      var descriptors: [CInt] = []
      let payload: [UInt64]
      switch VhostRequest(rawValue: request) {
      case .setFeatures:
        payload = [
          VhostFeatures.protocolFeatures | 1 << 32 | number() << 24 | (twist & 1 == 0 ? 0 : 1 << 26)
        ]
      case .setMemoryTable:
        payload = [
          1 + (twist & 8 == 0 ? 0 : number()), FuzzVhost.guestAddress, FuzzVhost.byteCount,
          FuzzVhost.userAddress, twist & 16 == 0 ? 0 : number() << 12,
        ]
        descriptors = [memory.number]
      case .setLogBase:
        payload = [1 << 12, twist & 8 == 0 ? 0 : number() << 4]
        descriptors = [memory.number]
      case .setRingAddress:
        let place = FuzzVhost.userAddress + (twist & 8 == 0 ? 0 : number() << 9)
        payload = [
          ring | UInt64(twist & 1) << 32, place + number() << 4, place + number() << 5,
          place + number() << 6, FuzzVhost.guestAddress,
        ]
      case .setRingSize: payload = [ring | 1 << (32 + number() % 10)]
      case .setRingKick, .setRingCall, .setRingError:
        payload = [ring]
        descriptors = [bell.number]
      case .getFeatures, .setOwner, .resetOwner, .getProtocolFeatures, .getQueueCount: payload = []
      case .setLogDescriptor:
        payload = []
        descriptors = [bell.number]
      case .setRingBase, .getRingBase, .setRingEnabled, .setProtocolFeatures, .sendRARP, .setMTU,
        nil:
        payload = [ring | number() << 32]
      }
      if twist & 32 != 0 { descriptors = [] }
      send(request, flags: twist & 64 == 0 ? 1 : 9, payload, descriptors)
    }

    private func send(_ request: UInt32, flags: UInt32, _ payload: [UInt64], _ lent: [CInt]) {
      let head = UInt64(request) | UInt64(flags) << 32
      let bytes = Self.bytes(of: head) + Self.bytes(of: UInt64(payload.count * 8)).prefix(4)
      send(bytes + payload.flatMap(Self.bytes), lent)
    }

    private static func bytes(of number: UInt64) -> [UInt8] {
      (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }

    private func send(_ bytes: [UInt8], _ descriptors: [CInt]) {
      guard !bytes.isEmpty else { return }
      let number = socket.number
      bytes.withUnsafeBytes { bytes in
        descriptors.withUnsafeBufferPointer {
          _ = try? kernel.send(number, bytes: bytes, descriptors: $0)
        }
      }
    }

    /// Writes some bytes of memory, and rings for every ring.
    func disturb(_ rest: inout ArraySlice<UInt8>) {
      let place = Int(rest.popFirst() ?? 0) << 8 | Int(rest.popFirst() ?? 0)
      for offset in 0..<8 {
        guard let byte = rest.popFirst(), place + offset < Int(FuzzVhost.byteCount) else { break }
        words.storeBytes(of: byte, toByteOffset: place + offset, as: UInt8.self)
      }
      let one: UInt64 = 1
      let number = bell.number
      withUnsafeBytes(of: one) { _ = try? kernel.write(number, from: $0) }
    }

    /// A frame of the network's for the guest, where one of its rings runs.
    func deliver(_ count: UInt16) {
      guard let session = owner.session, let pair = session.receivingPair(forQueue: 0),
        session.device.canReceive(pair: pair)
      else { return }
      if let room = session.device.room(pair: pair), 12 + Int(count) <= room.count {
        room.copyBytes(from: repeatElement(7, count: 12 + Int(count)))
        session.device.took(byteCount: 12 + Int(count), pair: pair)
        session.device.showReceived(pair: pair)
      } else {
        let frame = [UInt8](repeating: 7, count: 12 + Int(count))
        frame.withUnsafeBytes { _ = session.device.receive(frame: $0, pair: pair) }
      }
      session.lookForFaults()
      session.device.flushInterrupts(to: session)
    }

    func end() { owner.session?.send(.closed) }
  }
}
