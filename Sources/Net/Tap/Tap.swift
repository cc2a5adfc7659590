public import BatonCore

/// One netdev: performs what ``TapChart`` wants, owns the queues' descriptors, and moves frames
/// between the kernel and the device at its port.
///
/// All calls come on the loop's thread and return when the chart is at rest again. On the incoming
/// side the notifier list keeps the TAP alive until the migration is over or the TAP is closed.
@safe public final class Tap: Driver<TapChart> {
  /// The most frames that are moved for one readiness of one queue.
  package static let batch = 64

  /// Whether frames flow.
  enum Flow {
    /// They wait, in the kernel and in the guest's ring.
    case held
    case flowing
    /// There is no TAP any more: the guest's frames are lost, and counted.
    case dropping
  }

  /// How refusals that concern the device, and not the interface, name it.
  public let name: Name
  /// What the TAP has done with frames.
  // Safe: as in `VirtioNet`, nothing of these is lent over a call that leaves this type.
  @safe @exclusivity(unchecked) public internal(set) var counters = TapCounters()
  /// How many calls were made that can change the device, its queues or their shared flags.
  public private(set) var mutatingCalls: UInt64 = 0

  let kernel: Kernel
  private unowned(unsafe) let holder: any TransferPolicy
  let notifiers: NotifierList
  private(set) var token: NotifierList.Token?
  // Declared before the descriptors, dropped before them: an event goes before its descriptor.
  @safe @exclusivity(unchecked) var queues: [TapQueue] = []
  /// What watches the queues when there are many.
  var group: WatchGroup?
  @safe @exclusivity(unchecked) var descriptors: Descriptors
  /// What came with an offer and has not been inspected yet.
  var received: Descriptors
  /// What was given from outside, or sent by a helper, and is not used yet.
  var given: Descriptors
  /// The namespace of the interface, when that is not this thread's.
  var network: Descriptor?
  /// The namespace of this thread, while it is in the other one.
  var home: Descriptor?
  /// A number that was given and is no open descriptor.
  private(set) var strayNumber: CInt?
  /// The script or the helper that runs; it keeps the TAP alive as long.
  var program: ProgramRun?
  @safe @exclusivity(unchecked) var flow = Flow.held
  var starvedCount = 0
  /// Whether any queue was starved since all were last served.
  var hasStarved = false
  /// Whether any queue was ever watched for the kernel's room.
  var hasAwaitedRoom = false
  /// Whether the kernel moves the frames: then they are not looked at here.
  var isServedByKernel = false {
    didSet { if isServedByKernel != oldValue { servedByChanged() } }
  }
  /// What the chart answers to the command in hand.
  var answer: Refusal?
  let buffer: UnsafeMutableRawBufferPointer
  private unowned(unsafe) var device: (any FramePort)?

  /// A TAP that nobody has asked for yet.
  ///
  /// - Parameters:
  ///   - loop: What everything here is confined to.
  ///   - name: The netdev's identity.
  ///   - options: What the interface is to be.
  ///   - notifiers: Tells of the migration that comes in, if one does.
  ///   - policy: Says at that moment whether descriptors come with it; it outlives the TAP.
  ///   - number: How records name the TAP's machine.
  ///   - observer: Sees every microstep.
  package init(
    _ loop: any Loop, name: Name, options: TapOptions, notifiers: NotifierList,
    policy: any TransferPolicy, number: UInt16 = 0, observer: (any Observer)? = nil
  ) {
    self.name = name
    self.notifiers = notifiers
    // Safe: only stored here. `NetDevice.init` demands of its caller a policy that outlives it.
    unsafe holder = policy
    kernel = loop.kernel
    descriptors = Descriptors(in: loop.kernel)
    received = Descriptors(in: loop.kernel)
    given = Descriptors(in: loop.kernel)
    // Safe: freed in `deinit`, lent for the length of a call only.
    unsafe buffer = .allocate(
      byteCount: Int(TapOptions.headerSizeMax) + VirtioNet.frameByteCountMax, alignment: 16)
    super.init(
      loop, TapChart.table, memory: TapChart.Memory(options: options), number: number,
      observer: observer)
    own(options)
    start()
  }

  /// Takes what was given from outside; vhost-net is not spoken to, so that its descriptors go.
  private func own(_ options: TapOptions) {
    for number in options.fds ?? [] {
      if let descriptor = owned(number) { given.append(descriptor) } else { strayNumber = number }
    }
    for number in options.vhostFDs { _ = owned(number) }
  }

  /// What nobody has open is nobody's to close.
  private func owned(_ number: CInt) -> Descriptor? {
    guard kernel.isOpen(number) else { return nil }
    return Descriptor(owning: number, in: kernel)
  }

  deinit {
    group = nil
    queues = []
    // Safe: allocated in `init`; nobody holds it beyond a call.
    unsafe buffer.deallocate()
  }

  /// Says whether backends travel as descriptors.
  var policy: any TransferPolicy {
    // Safe: it outlives the TAP.
    unsafe holder
  }

  /// The device that takes the frames; it has to take itself away before it goes.
  package var port: (any FramePort)? {
    get {
      // Safe: the device takes itself away before it goes.
      unsafe device
    }
    set {
      // Safe: the number of a reference is stored; who it names is asked for in `get` only.
      unsafe device = newValue
    }
  }

  /// Performs one effect; what can be refused answers with an event.
  public override func perform(_ effect: TapChart.Effect) {
    let before = kernel.tunMutations
    switch effect {
    case .answer(let refusal): if answer == nil { answer = refusal }
    case .enlist: if token == nil { token = notifiers.add(self) }
    case .resign: resign()
    case .openDevice: openDevice(memory.macvtap)
    case .readFeatures:
      attempt { () throws(SystemError) in .features(try kernel.tunFeatures(last)) }
    case .countQueues(let name):
      attempt { () throws(SystemError) in
        .counted(try there { () throws(SystemError) in try kernel.tunQueueCount(name) })
      }
    case .presizeHeader: attempt(presizeHeader)
    case .attach(let name, let flags):
      attempt { () throws(SystemError) in try attach(name, flags) }
    case .setNonBlocking: attempt(setNonBlocking)
    case .readIndex(let name):
      attempt { () throws(SystemError) in
        .index(try there { () throws(SystemError) in try kernel.interfaceIndex(name) })
      }
    case .set(let setting, let value):
      attempt { () throws(SystemError) in try set(setting, value) }
    case .inspect(let options, let offer): inspect(options, offer)
    case .apply(let settings): attempt { () throws(SystemError) in try apply(settings) }
    case .describe(let known): attempt { () throws(SystemError) in try describe(known) }
    case .restore(let recorded, let wasLent):
      attempt { () throws(SystemError) in try restore(recorded, wasLent) }
    case .hold: hold()
    case .serve: serve()
    case .drop: drop(to: .held)
    case .abandon:
      drop(to: .dropping)
      resign()
    case .shut:
      resign()
      drop(to: .held)
      given = Descriptors(in: kernel)
      send(.succeeded)
    case .tellLoss(let refusal): port?.lost(refusal)
    case .readLink(let name):
      attempt { () throws(SystemError) in try link(name) }
    case .runHelper(let helper, let bridge): start(helper, at: bridge)
    case .examine(let options): examine(options)
    case .runScript(let script, let name): start(script, .script, name)
    case .runDownScript(let script, let name): start(script, .downScript, name)
    case .endProgram: program = nil
    case .tellOpened: tell(opened: nil)
    case .tellClosed: port?.closed()
    case .tellUnopened(let refusal): tell(opened: refusal)
    case .warn(let refusal): port?.warned(refusal)
    }
    mutatingCalls += kernel.tunMutations - before
  }

  /// The loop calls: the machine's timer, or a queue is ready.
  public override func ready(_ what: Ready, watch: Int) {
    guard watch >= 0 else { return super.ready(what, watch: watch) }
    let queue = watch / 2
    if watch % 2 == 0 { receive(queue: queue) } else { transmit(queue: queue) }
  }

  private func resign() {
    guard let token else { return }
    self.token = nil
    notifiers.remove(token)
  }
}
