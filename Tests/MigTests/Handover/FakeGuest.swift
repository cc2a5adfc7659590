import BatonCore

/// A guest of one memfd that runs or does not.
final class FakeGuest: MovableGuest {
  private(set) var isRunning: Bool
  var regions: [MemoryRegion] = []
  var refuses: Refusal?
  var refusesOffer: Refusal?
  var refusesArrival: Refusal?
  private var memory: Descriptors
  private var arrived: [MemoryRegion] = []
  private let journal: Journal
  private let side: String
  private let kernel: Kernel

  init(_ side: String, _ journal: Journal, _ kernel: Kernel, hasMemory: Bool) throws {
    self.side = side
    self.journal = journal
    self.kernel = kernel
    isRunning = hasMemory
    memory = Descriptors(in: kernel)
    guard hasMemory else { return }
    let number = try kernel.createMemory(name: "ram", byteCount: 8192)
    memory.append(Descriptor(owning: number, in: kernel))
    regions = [MemoryRegion(guestAddress: 0x1000, byteCount: 8192, isShared: true)]
  }

  func stop() {
    journal.write(side, "guest stop")
    isRunning = false
  }

  func start() {
    journal.write(side, "guest start")
    isRunning = true
  }

  /// Stops without a word: a guest that its user paused.
  func pause() { isRunning = false }

  func lendMemory() -> [CInt] {
    journal.write(side, "memory lend")
    return (0..<memory.count).map { memory[$0] }
  }

  func adopt(
    _ regions: [MemoryRegion], _ descriptors: consuming Descriptors
  ) throws(Refusal) {
    journal.write(side, "memory adopt")
    if let refuses { throw refuses }
    self.regions = regions
    memory = descriptors
  }

  func checkOffer() throws(Refusal) { if let refusesOffer { throw refusesOffer } }

  func checkArrival() throws(Refusal) { if let refusesArrival { throw refusesArrival } }

  func discardMemory() {
    journal.write(side, "memory discard")
    letGo()
  }

  func releaseMemory() {
    journal.write(side, "memory release")
    letGo()
  }

  /// Puts memory of another make in the place of what is lent.
  func replace(_ number: CInt) {
    memory = Descriptors(in: kernel)
    memory.append(Descriptor(owning: number, in: kernel))
  }

  private func letGo() {
    memory = Descriptors(in: kernel)
    regions = []
  }
}
