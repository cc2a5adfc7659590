import BatonCore

/// What the device asks of its datapath; the chart decides whether it can be.
extension Vhost {
  /// Opens the descriptors, or looks at those that were given.
  ///
  /// - Throws: Why it cannot be had, where nothing else will do.
  func open() throws(Refusal) { try command(.open(isRequired: wish.isRequired)) }

  /// There is a TAP: becomes the owner.
  ///
  /// - Throws: As ``open()``.
  func own() throws(Refusal) { try command(.own) }

  /// Does the rest of what can be done before there are rings: features, and memory, which has to
  /// stay mapped until ``forget()`` or ``close()``.
  ///
  /// - Throws: As ``open()``.
  func prepare(
    memory: GuestMemory, features: VirtioFeatures, hasHeader: Bool
  ) throws(Refusal) {
    (memoryMap, ringFeatures, self.hasHeader) = (memory, features, hasHeader)
    try command(.prepare)
  }

  /// Tells the kernel where the rings are, which nobody serves from here on.
  ///
  /// - Throws: As ``open()``.
  func place() throws(Refusal) {
    if state == .prepared { try command(.place) }
  }

  /// Lets the kernel serve the rings if it can; ``isRunning`` tells.
  func run() {
    // What is refused is told by the chart, and the rings are served here.
    do { try place() } catch { port?.warned(error) }
    send(.run)
  }

  /// Takes the rings back; they are where the kernel left them.
  func halt() { send(.halt) }

  /// The guest has broken a ring: as ``halt()``, and not again before ``reset()``.
  func fault() { send(.fault) }

  /// The driver has reset the device.
  func reset() {
    halt()
    send(.reset)
  }

  /// The memory is about to go.
  func forget() {
    halt()
    send(.forget)
    memoryMap = nil
  }

  /// Closes it for good.
  func close() {
    halt()
    send(.close)
    memoryMap = nil
  }

  /// The guest has notified a queue.
  func notify(queue: Int) { ring(counters[queue]) }
}
