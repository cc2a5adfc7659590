import BatonCore
import BatonNet

/// Someone who is told of the guest's stops and starts.
protocol GuestWatcher: AnyObject {
  func guest(isRunning: Bool)
  /// The guest could not be continued: our own memory does not hold it.
  func guest(lost error: GuestError)
}

/// The guest's run state and memory.
final class GuestRunner: Driver<GuestChart> {
  /// Where the guest sees its memory.
  static let guestAddress: UInt64 = 0

  private let memoryByteCount: Int
  private(set) var nics: [Nic]
  private(set) var ram: SealedMemory?
  private unowned(unsafe) let holder: any GuestWatcher
  // Calls for the guest's own first instructions, which nobody has to wait for who starts it.
  private var firstStep: Timer?

  /// A guest at *prelaunch*, without memory. The watcher owns it.
  init(
    _ loop: any Loop, memoryByteCount: Int, nics: [Nic], watcher: any GuestWatcher,
    number: UInt16, observer: any Observer
  ) {
    self.memoryByteCount = memoryByteCount
    self.nics = nics
    // Safe: only stored here. The watcher is the `VirtualMachine` that holds this as a property.
    unsafe holder = watcher
    super.init(loop, GuestChart.table, memory: .init(), number: number, observer: observer)
    firstStep = Timer(loop, calling: self)
    start()
  }

  // Safe: the watcher owns this object and so outlives it.
  private var watcher: any GuestWatcher { unsafe holder }

  /// Gives the guest its memory, all zero.
  func makeMemory() throws(SystemError) {
    hold(try SealedMemory(layout, in: loop.kernel))
  }

  override func perform(_ effect: GuestChart.Effect) {
    switch effect {
    case .run: run()
    case .halt:
      for nic in nics { nic.isGuestRunning = false }
      watcher.guest(isRunning: false)
    }
  }

  private func run() {
    guard let ram else { return }
    do {
      for nic in nics { try nic.attach(ram.memory) }
    } catch {
      return watcher.guest(lost: error)
    }
    for nic in nics { run(nic) }
    watcher.guest(isRunning: true)
  }

  private func run(_ nic: Nic) {
    nic.run()
    firstStep?.arm(at: loop.now)
  }

  /// The loop calls: the chart's own timer, or the guest takes its first steps.
  override func ready(_ what: Ready, watch: Int) {
    guard watch == 0 else { return super.ready(what, watch: watch) }
    for nic in nics { nic.catchUp() }
  }

  /// A device is plugged in: the guest's driver starts, where there is a guest.
  func plug(_ nic: Nic) throws(GuestError) {
    if let ram {
      nic.device.attach(memory: ram.memory)
      try nic.boot(ram.memory)
      if state == .running { run(nic) }
    }
    nics.append(nic)
  }

  /// A device is plugged out.
  func unplug(_ nic: Nic) {
    nics.removeAll { $0 === nic }
    nic.detach()
    nic.device.unplug()
  }

  /// Starts the guest's drivers afresh, as if its power had been off.
  func reset() throws(GuestError) {
    guard let ram else { return }
    for nic in nics {
      let wasRunning = nic.isGuestRunning
      nic.detach()
      nic.device.setStatus([])
      try nic.boot(ram.memory)
      if wasRunning { run(nic) }
    }
  }

  /// Maps memory that came from another process.
  func adopt(
    _ regions: [MemoryRegion], _ descriptors: consuming Descriptors
  ) throws(Refusal) {
    hold(try SealedMemory(adopting: regions, descriptors, expecting: layout))
  }

  /// Whether every driver that lives in the memory has the room there that it would have here.
  func checkOffer() throws(Refusal) {
    guard let ram else { return }
    for nic in nics { try nic.checkRoom(ram.memory) }
  }

  /// Whether every driver can go on that lives in the memory which came.
  func checkArrival() throws(Refusal) {
    guard let ram else { return }
    for nic in nics { try nic.checkArrival(ram.memory) }
  }

  private var layout: [MemoryRegion] {
    [MemoryRegion(guestAddress: Self.guestAddress, byteCount: UInt64(memoryByteCount))]
  }

  private func hold(_ ram: SealedMemory) {
    for nic in nics { nic.device.attach(memory: ram.memory) }
    self.ram = ram
  }

  /// The guest is not here: forgets its memory.
  func dropMemory() {
    for nic in nics { nic.detach() }
    ram = nil
  }
}
