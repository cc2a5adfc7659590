package import BatonCore

/// One device's datapath in the kernel: performs what ``VhostChart`` wants, and owns the
/// descriptors and the eventfds between guest and kernel.
///
/// All calls come on the loop's thread and return when the chart is at rest again.
@safe package final class Vhost: Driver<VhostChart> {
  /// What of it the user wishes for.
  struct Wish {
    /// Queue pairs, each of which has a descriptor of its own.
    var pairs: Int
    /// Whether it is refused where it cannot be had.
    var isRequired: Bool
    /// How long the kernel looks for frames before it sleeps, in microseconds.
    var pollMicros: UInt32
    /// Descriptors that were given from outside; empty to open them here.
    var given: [CInt]
  }

  /// The watch of the eventfd that says that the guest has broken a ring.
  static let faultWatch = 1 << 20

  let kernel: Kernel
  let wish: Wish
  // Declared before the descriptors, dropped before them: an event goes before its descriptor.
  var watches: [CounterWatch] = []
  /// For each ring the guest's bell, then for each ring the kernel's, then the one for faults.
  var counters: Descriptors
  var descriptors: Descriptors
  /// What was given from outside, and is not used yet.
  var given: Descriptors
  /// A number that was given and is no open descriptor.
  private(set) var strayNumber: CInt?
  /// The guest's memory, and how frames look, for the next ``prepare(memory:features:hasHeader:)``.
  var memoryMap: GuestMemory?
  var hasHeader = true
  var ringFeatures: VirtioFeatures = []
  /// The features that the kernel was told last.
  var toldFeatures: UInt64?
  /// What the chart answers to the command in hand.
  private var answer: Refusal?
  private unowned(unsafe) var device: (any VhostPort)?

  /// A datapath that nobody has asked for yet; it owns the descriptors that are given.
  init(_ loop: any Loop, wish: Wish, number: UInt16, observer: (any Observer)?) {
    kernel = loop.kernel
    self.wish = wish
    counters = Descriptors(in: loop.kernel)
    descriptors = Descriptors(in: loop.kernel)
    given = Descriptors(in: loop.kernel)
    super.init(
      loop, VhostChart.table, memory: VhostChart.Memory(), number: number, observer: observer)
    for number in wish.given {
      // What nobody has open is nobody's to close.
      if kernel.isOpen(number) {
        given.append(Descriptor(owning: number, in: kernel))
      } else {
        strayNumber = number
      }
    }
    start()
  }

  deinit { watches = [] }

  /// The device whose rings are served; it has to take itself away before it goes.
  var port: (any VhostPort)? {
    get {
      // Safe: the device takes itself away before it goes.
      unsafe device
    }
    set {
      // Safe: the number of a reference is stored; who it names is asked for in `get` only.
      unsafe device = newValue
    }
  }

  /// Whether the kernel serves the rings.
  var isRunning: Bool { state == .running }

  /// How many descriptors it has open.
  package var openCount: Int { descriptors.count + counters.count + given.count }

  /// What the kernel's rings can do; nil while it is not known, or when it is not to be used.
  var features: VirtioFeatures? {
    switch state {
    case .new, .beforehand, .opening, .failed, .closed: nil
    case .opened, .owning, .owned, .mapping, .prepared, .placing, .placed, .suspended, .starting,
      .running, .stopping, .breaking:
      VirtioFeatures(rawValue: memory.features).intersection(.rings)
    }
  }

  /// Performs one effect; what can be refused answers with an event.
  package override func perform(_ effect: VhostChart.Effect) {
    switch effect {
    case .open: attempt { () throws(Refusal) in try openAll() }
    case .own: attempt { () throws(Refusal) in try ownAll() }
    case .map: attempt { () throws(Refusal) in try map() }
    case .place: attempt { () throws(Refusal) in try placeRings() }
    case .start: attempt { () throws(Refusal) in try startRings() }
    case .stop: attempt { () throws(Refusal) in try stopRings() }
    case .drop: drop()
    case .recover: recover()
    case .answer(let refusal): if answer == nil { answer = refusal }
    case .warn(let refusal): port?.warned(refusal)
    }
  }

  private func attempt(_ body: () throws(Refusal) -> VhostChart.Event) {
    do { send(try body()) } catch { send(.refused(error)) }
  }

  /// Sends a command, and throws what the chart answers.
  func command(_ event: VhostChart.Event) throws(Refusal) {
    answer = nil
    send(event)
    if let answer { throw answer }
  }

  /// The loop calls: an eventfd has been rung.
  package override func ready(_ what: Ready, watch: Int) {
    guard watch >= 0 else { return super.ready(what, watch: watch) }
    let counter = watch == Self.faultWatch ? 4 * wish.pairs : 2 * wish.pairs + watch
    guard counter < counters.count else { return }
    if let error = unring(counters[counter]) {
      // It would be ready for ever.
      send(.refused(Refusal(error, subject: Self.path)))
      port?.broken()
      return
    }
    if watch == Self.faultWatch { port?.broken() } else { port?.completed(queue: watch) }
  }
}
