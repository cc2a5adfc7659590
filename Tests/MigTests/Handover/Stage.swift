import BatonCore
import Foundation
import Testing

@testable import BatonMig

/// A source and a target in one process, on one loop, with a real socket between them.
final class Stage {
  let kernel: MortalKernel
  let loop: any Loop
  let journal = Journal()
  let source: Party
  let target: Party
  let folder: URL
  var parameters = MigrationParameters()

  private static let roundsMax = 1_000_000

  /// Under the virtual clock nobody waits: a delay runs out when nothing else can happen.
  init(
    kernel: MortalKernel = MortalKernel(), names: [Name] = [Name("net0")], queues: Int = 2,
    isVirtual: Bool = false
  ) throws {
    self.kernel = kernel
    loop =
      isVirtual ? VirtualLoop(kernel: kernel, asksKernel: true) : EventLoop(kernel: kernel)
    if let loop = loop as? EventLoop {
      kernel.isWatched = { [weak loop] in loop?.isRegistered($0) ?? false }
    }
    source = try Party("source", loop, journal, names: names, queues: queues)
    target = try Party("target", loop, journal, names: names, queues: 0)
    folder = FileManager.default.temporaryDirectory
      .appending(path: "baton-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    parameters.local = true
    parameters.patienceMillis = 30_000
    parameters.switchMillis = 30_000
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func address(_ name: String = "a") -> MigrationAddress {
    MigrationAddress("unix:" + folder.appending(path: name).path)
  }

  var files: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  }

  /// Has the target listen and the source migrate.
  func start() throws {
    try target.listen(at: address(), parameters)
    try source.send(to: address(), parameters)
  }

  /// Turns the loop until both sides have nothing more to do.
  func settle() {
    // A target that listens may not have seen yet who connected and left.
    for _ in 0..<Self.roundsMax {
      turn { source.isSendingOver && target.isReceivingOver }
      guard poll() else { return }
    }
    Issue.record("no end after a million rounds")
  }

  /// Turns the loop as long as something happens by itself.
  func rest() {
    for _ in 0..<Self.roundsMax { guard poll() else { return } }
    Issue.record("no end after a million rounds")
  }

  /// Turns the loop until `isDone`; each round waits for something. Forty seconds are more than the
  /// patience of both sides, and so many rounds of a simulated loop more than any handover has.
  func turn(_ location: SourceLocation = #_sourceLocation, until isDone: () -> Bool) {
    let deadline = (loop as? EventLoop).map { Deadline($0, seconds: 40) }
    var left = Self.roundsMax
    while !isDone(), !(deadline?.isOver(location) ?? false), left > 0, round() { left -= 1 }
    if left == 0 { Issue.record("no end after a million rounds", sourceLocation: location) }
  }

  /// Waits for something and does it; false when nothing can happen any more.
  func round() -> Bool {
    if let loop = loop as? EventLoop { return loop.runOnce() }
    guard let loop = loop as? VirtualLoop else { return false }
    if loop.poll() { return true }
    guard let deadline = loop.nextDeadline else { return false }
    loop.advance(to: deadline)
    return true
  }

  /// Does what can be done now; false when that is nothing.
  func poll() -> Bool {
    if let loop = loop as? EventLoop { return loop.poll() }
    return (loop as? VirtualLoop)?.poll() ?? false
  }

  /// Exactly one side has the guest and serves its devices.
  func expectGuest(at party: Party, _ location: SourceLocation = #_sourceLocation) {
    let other = party === source ? target : source
    #expect(party.hasGuest, sourceLocation: location)
    #expect(!other.guest.isRunning, sourceLocation: location)
    #expect(other.devices.allSatisfy { !$0.isServing }, sourceLocation: location)
  }

  /// Lets go of everything but what the sides' devices and memory hold; then `count` is open.
  func expectOpen(_ count: Int, _ location: SourceLocation = #_sourceLocation) {
    source.finish()
    target.finish()
    #expect(kernel.open.count == count, sourceLocation: location)
    #expect(kernel.strangers == [], sourceLocation: location)
    #expect(kernel.watchedAtClose == [], sourceLocation: location)
    #expect(files == [], sourceLocation: location)
  }
}
