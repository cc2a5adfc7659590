import BatonCore

/// The guest as a migration sees it.
final class GuestPort: MovableGuest {
  private let runner: GuestRunner

  init(_ runner: GuestRunner) { self.runner = runner }

  var isRunning: Bool { runner.state == .running }

  func stop() { runner.send(.halt) }

  func start() { runner.send(runner.state == .inmigrate ? .arrive : .resume) }

  func pause() { runner.send(.stop) }

  var regions: [MemoryRegion] { runner.ram?.regions ?? [] }

  func lendMemory() -> [CInt] { runner.ram?.lend() ?? [] }

  func adopt(
    _ regions: [MemoryRegion], _ descriptors: consuming Descriptors
  ) throws(Refusal) {
    try runner.adopt(regions, descriptors)
  }

  func checkOffer() throws(Refusal) { try runner.checkOffer() }

  func checkArrival() throws(Refusal) { try runner.checkArrival() }

  func discardMemory() { runner.dropMemory() }

  func releaseMemory() {
    runner.send(.give)
    runner.dropMemory()
  }
}

@available(*, unavailable)
extension GuestPort: Sendable {}
