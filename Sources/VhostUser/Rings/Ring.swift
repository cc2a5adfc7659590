import BatonCore

/// What a ring asks of its session.
protocol RingOwner: AnyObject {
  /// Whether rings are served in this process; others leave in the descriptors what is rung.
  var isServed: Bool { get }
  /// Look at the ring from its base on; false when it cannot be.
  func start(_ ring: Ring) -> Bool
  /// Do not look at it any more: its base is where it goes on.
  func halt(_ ring: Ring)
  /// The ring runs, or does not run any more.
  func ringsChanged()
  /// Its guest has rung, or may have.
  func serve(_ ring: Ring)
  /// Nobody can ring any more.
  func lostKick(_ ring: Ring)
}

/// One ring as a front-end has described it, with the descriptors by which both sides ring.
@safe final class Ring: Driver<RingChart> {
  let index: Int
  /// Entries; 0 before the front-end said.
  var size: UInt16 = 0
  var address: VhostMessage.Address?
  /// At which index it goes on when it is started.
  var base: UInt16 = 0
  private unowned(unsafe) let holder: any RingOwner
  private var kick: Descriptor?
  private var call: Descriptor?
  private var error: Descriptor?
  private var watch: Watch?

  private static let kickWatch = 1

  /// A ring of a session, which owns it and so outlives it.
  init(
    _ loop: any Loop, index: Int, owner: any RingOwner, number: UInt16,
    observer: (any Observer)?
  ) {
    self.index = index
    // Safe: the session owns its rings.
    unsafe holder = owner
    super.init(loop, RingChart.table, memory: .init(), number: number, observer: observer)
    start()
  }

  deinit { watch = nil }

  // Safe: the session owns its rings.
  private var owner: any RingOwner { unsafe holder }

  /// Whether frames pass.
  var isRunning: Bool { state == .running }
  /// Whether it does not run and is to.
  var isAwaited: Bool { RingChart.isAwaited(state, memory) }
  /// Whether it is looked at.
  var isStarted: Bool { state == .running || state == .idle }

  /// Performs one effect.
  override func perform(_ effect: RingChart.Effect) {
    switch effect {
    case .start:
      if owner.start(self) { watchKick() } else { send(.fault) }
      owner.ringsChanged()
    case .take: watchKick()
    case .serve:
      owner.ringsChanged()
      owner.serve(self)
    case .halt:
      watch = nil
      kick = nil
      owner.halt(self)
      owner.ringsChanged()
    case .pause: owner.ringsChanged()
    }
  }

  /// The loop calls when the guest has rung.
  override func ready(_ what: Ready, watch: Int) {
    guard watch == Self.kickWatch else { return super.ready(what, watch: watch) }
    guard empty() else { return owner.lostKick(self) }
    owner.serve(self)
  }

  // MARK: Descriptors

  /// The guest rings by this one from now on, and the ring starts if it has not.
  func takeKick(_ descriptor: consuming Descriptor) {
    watch = nil
    kick = consume descriptor
    send(.kick)
  }

  /// The guest is rung by this one from now on; nil when it looks by itself.
  func takeCall(_ descriptor: consuming Descriptor?) { call = descriptor }

  /// The front-end is told of a broken ring by this one.
  func takeError(_ descriptor: consuming Descriptor?) { error = descriptor }

  /// Rings for the guest.
  func interrupt() { add(to: call?.number) }

  /// Tells the front-end that the ring is broken.
  func tellBroken() { add(to: error?.number) }

  // MARK: On the way to another process

  var hasKick: Bool { kick != nil }
  var hasCall: Bool { call != nil }
  var hasError: Bool { error != nil }

  /// Its descriptors in the order of an image; they stay open here.
  func lend() -> [CInt] { [kick?.number, call?.number, error?.number].compactMap { $0 } }

  /// What is rung stays in its descriptor.
  func hold() { watch = nil }

  /// What was rung meanwhile is taken.
  func resume() {
    if isStarted { watchKick() }
  }

  /// As ``takeKick(_:)``, without a start.
  func keepKick(_ descriptor: consuming Descriptor) { kick = consume descriptor }

  private func watchKick() {
    guard owner.isServed, let number = kick?.number else { return }
    watch = Watch(loop, descriptor: number, for: .read, id: Self.kickWatch, calling: self)
  }

  /// Takes what was rung; how often does not matter.
  ///
  /// - Returns: False when it would be ready for ever with nothing in it: it is no counter.
  private func empty() -> Bool {
    guard let number = kick?.number else { return true }
    do {
      return try SharedCounter.take(number)
    } catch {
      // Somebody else took it, and the ring is looked at all the same.
      return error.isWouldBlock
    }
  }

  /// One more; a counter that is full says the same.
  private func add(to number: CInt?) {
    if let number { SharedCounter.ring(number) }
  }
}
