import BatonCore
import BatonNet
import CBaton

/// A network device as the host knows it.
@safe final class NetHandle: DeviceHandle, Interrupting, NetDeviceWatcher, TransferPolicy {
  override class var mark: UInt { 0x60 }

  let transfersBackends: Bool
  private let calls: baton_net_calls
  private let context: UnsafeMutableRawPointer?
  private let notifiers: NotifiersHandle?
  private let trace: TraceHandle?
  private var number: UInt16 = 0
  /// Set by the initialiser, and gone with the handle.
  // Safe: a reference, which is read and written as a whole, and never lent.
  @safe @exclusivity(unchecked) private(set) var net: NetDevice?
  private var guest: GuestHandle?
  private var bells: [Int: Bell] = [:]
  private var lines: [Int: CInt] = [:]

  /// A device that has nothing yet.
  init(
    _ home: Home, _ name: Name, _ options: NetDevice.Options, transfers: Bool,
    _ notifiers: NotifiersHandle?, _ trace: TraceHandle?, _ calls: baton_net_calls,
    _ context: UnsafeMutableRawPointer?
  ) {
    transfersBackends = transfers
    self.notifiers = notifiers
    self.trace = trace
    // Safe: only stored; the host keeps its context for as long as the device.
    unsafe (self.calls, self.context) = (calls, context)
    super.init(home)
    number = trace?.trace.register(Legend(TapChart.table, instance: "\(name)")) ?? 0
    let net = NetDevice(
      home.loop, name: name, options: options, notifiers: notifiers?.list ?? home.notifiers,
      policy: self, number: number, observer: trace?.trace)
    net.interrupts = self
    net.watcher = self
    self.net = net
    use(notifiers)
    use(trace)
    home.holders.append(self)
  }

  override var movable: (any Movable)? { net }
  override var tap: Tap? { net?.tap }
  override var needsTransfer: Bool { transfersBackends }

  override func hears(_ notifiers: NotifiersHandle?) -> Bool { self.notifiers === notifiers }

  /// A device does not go inside its own calls either: its loop is about to use it.
  override func mayBeDestroyed() throws(Hindrance) {
    try mayBeClosed()
    guard net?.hasProgram != true else {
      throw .rule("a program of the device's TAP runs, or is to run: close it, and wait for that")
    }
  }

  /// What holds for closing it, too.
  func mayBeClosed() throws(Hindrance) {
    try super.mayBeDestroyed()
    guard !isCalling else { throw .rule("a device is not destroyed in its own callback") }
  }

  private var isCalling = false

  override func end() {
    home.holders.removeAll { $0 === self }
    close()
    net?.interrupts = nil
    net?.watcher = nil
    net = nil
    trace?.trace.retire(number)
    leave(notifiers)
    leave(trace)
  }

  /// Closes the device for good.
  func close() {
    bells = [:]
    lines = [:]
    net?.close()
    guest?.detach(self)
    guest = nil
  }

  /// Gives the device the guest's memory.
  func attach(_ guest: GuestHandle) throws(Hindrance) {
    guard let memory = guest.attach(self) else {
      throw .refusal(
        Refusal(.wrongState, field: .state, subject: name, here: .name(Name("no memory"))),
        text: nil)
    }
    if self.guest !== guest { self.guest?.detach(self) }
    self.guest = guest
    net?.attach(memory: memory)
  }

  /// The guest's memory goes: the device has forgotten it by then.
  func hasLost(_ guest: GuestHandle) { if self.guest === guest { self.guest = nil } }

  var name: Name { net?.name ?? Name() }

  /// Calls the host for the device.
  private func tell(_ body: () -> Void) {
    let wasCalling = isCalling
    isCalling = true
    defer { isCalling = wasCalling }
    home.call(body)
  }

  // MARK: What the device calls

  /// What stands for the configuration's interrupt among the lines.
  static let configuration = Int(UInt32.max)

  func interrupt(queue: Int) {
    if raise(queue) { return }
    // Safe: the host's function and context, which live as long as the device.
    tell { unsafe calls.interrupt?(CUnsignedInt(clamping: queue), context) }
  }

  func interruptForConfiguration() {
    if raise(Self.configuration) { return }
    // Safe: the host's function and context.
    tell { unsafe calls.configuration?(context) }
  }

  func netDevice(_ device: NetDevice, lost refusal: Refusal) {
    var why = baton_refusal(refusal)
    // Safe: the host's function and context; the refusal outlives the call.
    tell { unsafe calls.lost?(&why, context) }
  }

  func netDevice(_ device: NetDevice, opened refusal: Refusal?) {
    guard let refusal else {
      // Safe: the host's function and context.
      return tell { unsafe calls.opened?(nil, context) }
    }
    var why = baton_refusal(refusal)
    // Safe: the host's function and context; the refusal outlives the call.
    tell { unsafe calls.opened?(&why, context) }
  }

  func netDeviceClosed(_ device: NetDevice) {
    // Safe: the host's function and context.
    tell { unsafe calls.closed?(context) }
  }

  func netDevice(_ device: NetDevice, warned refusal: Refusal) {
    var why = baton_refusal(refusal)
    // Safe: the host's function and context; the refusal outlives the call.
    tell { unsafe calls.warned?(&why, context) }
  }

  func netDevice(_ device: NetDevice, said line: [UInt8], by program: TapProgram) {
    let (path, text) = (program.description, String(decoding: line, as: UTF8.self))
    // Safe: the host's function and context; the strings outlive the call.
    tell { unsafe calls.said?(path, text, context) }
  }

  /// Rings the eventfd of a line; false when it has none.
  private func raise(_ line: Int) -> Bool {
    guard let number = lines[line] else { return false }
    var one: UInt64 = 1
    // Safe: eight bytes of our own. What is full is raised already.
    unsafe withUnsafeBytes(of: &one) { bytes in
      do throws(SystemError) { _ = try unsafe home.kernel.write(number, from: bytes) } catch {}
    }
    return true
  }

  // MARK: What the host wires

  /// Lets an eventfd notify a queue, or ends that.
  func ring(_ queue: Int, by descriptor: CInt) {
    bells[queue] = nil
    if descriptor >= 0, let net { bells[queue] = Bell(home, net, queue, descriptor) }
  }

  /// Lets an eventfd carry an interrupt, or ends that.
  func raise(_ line: Int, by descriptor: CInt) {
    lines[line] = descriptor >= 0 ? descriptor : nil
  }
}

/// An eventfd of the host's that notifies a queue.
final class Bell: Watcher {
  private let home: Home
  private let net: NetDevice
  private let queue: Int
  private let descriptor: CInt
  private var watch: Watch?

  /// Waits for it until dropped.
  init(_ home: Home, _ net: NetDevice, _ queue: Int, _ descriptor: CInt) {
    (self.home, self.net, self.queue, self.descriptor) = (home, net, queue, descriptor)
    watch = Watch(home.loop, descriptor: descriptor, for: .read, calling: self)
  }

  func ready(_ what: Ready, watch: Int) {
    var count: UInt64 = 0
    // Safe: eight bytes of our own. It was ready, and nobody else reads it.
    unsafe withUnsafeMutableBytes(of: &count) { bytes in
      do throws(SystemError) { _ = try unsafe home.kernel.read(descriptor, into: bytes) } catch {}
    }
    net.notify(queue: queue)
  }
}

@available(*, unavailable)
extension Bell: Sendable {}
