/// How the target of a migration gets a device's backend; the number travels in ANSWERS, and is
/// never given to another one.
public enum Adoption: UInt8, Hashable, Sendable, BitwiseCopyable {
  /// It takes the descriptors that the source offered.
  case adopt = 1
  /// It opened a backend of its own.
  case reopen = 2
}

/// What a device promises so that it can be moved to another process on the same host.
///
/// A migration calls these in the order of docs/PROTOCOL.md and knows nothing else of the device.
/// All calls come on the loop's thread and return at once.
public protocol Movable: AnyObject {
  /// The device's identity, equal on both sides.
  var name: Name { get }
  /// What it is, for instance `net`; both sides must agree.
  var kind: Name { get }

  // On the source.

  /// Writes the properties that the target compares, and records those that a rollback restores.
  ///
  /// - Throws: Why the device cannot be moved now. More than 1 MiB is refused by the migration.
  func describe(into writer: inout ByteWriter) throws(Refusal)
  /// The descriptors to lend to the target, in order; they stay open here.
  func lend() -> [CInt]
  /// The guest is stopped: stops touching the backend, without changing it.
  ///
  /// - Throws: Why it cannot; the guest then goes on here.
  func quiesce() throws(Refusal)
  /// Writes the state that the target loads.
  ///
  /// - Throws: Why there is none; the guest then goes on here. So it does with more than 1 MiB.
  func save(into writer: inout ByteWriter) throws(Refusal)
  /// The whole state has gone out: from here on the guest may be the target's, and with it what has
  /// to be done once, by whoever has it last. ``restore()`` or ``release()`` tells what came of it.
  func handOver()
  /// The target never ran the guest: puts back what differs and goes on.
  ///
  /// - Throws: What could not be put back, a warning to the user: the guest runs all the same.
  func restore() throws(Refusal)
  /// The target did not come to the switch: what was lent is ours alone again.
  func withdraw()
  /// The target runs the guest: lets go of the backend without touching it.
  func release()

  // On the target.

  /// Compares the offer with what is expected here, changing nothing.
  ///
  /// - Throws: The first difference, with both values.
  func inspect(
    _ properties: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) throws(Refusal) -> Adoption
  /// Checks and keeps the state, changing nothing in the kernel.
  ///
  /// - Throws: What does not fit; the guest then goes on at the source.
  func load(_ state: borrowing RawSpan) throws(Refusal)
  /// The guest is ours: applies the state to the backend.
  ///
  /// - Throws: What the backend refused; the guest then goes back to the source.
  func take() throws(Refusal)
  /// The guest is about to run: starts to serve the backend.
  func activate()
  /// The guest did not come: drops what was received.
  func discard()

  /// How many calls that can change the backend this process has made on it so far.
  var mutatingCalls: UInt64 { get }
}

extension Movable {
  /// A device for which nothing is done at its end.
  public func handOver() {}
}

/// A part of the guest's memory that is mapped as a whole.
public struct MemoryRegion: Hashable, Sendable {
  /// Where the guest sees it: a guest-physical address.
  public var guestAddress: UInt64
  /// The region's size in bytes.
  public var byteCount: UInt64
  /// True when it is a shared memfd that another process can map.
  public var isShared: Bool

  /// A region, equal on both sides of a move.
  ///
  /// - Parameters:
  ///   - guestAddress: Where the guest sees it.
  ///   - byteCount: In bytes.
  ///   - isShared: True when its descriptor can be lent, as is usual.
  public init(guestAddress: UInt64, byteCount: UInt64, isShared: Bool = true) {
    self.guestAddress = guestAddress
    self.byteCount = byteCount
    self.isShared = isShared
  }
}

/// What a migration needs of the guest: to stop and start it, and its memory.
public protocol MovableGuest: AnyObject {
  /// True while the guest's instructions are executed.
  var isRunning: Bool { get }
  /// Stops the guest; returns when no instruction runs any more.
  func stop()
  /// Lets the guest run, for the first time or after ``stop()``.
  func start()
  /// Stops the guest as its user would: he said so at the source while the guest came here. The
  /// default is ``stop()``.
  func pause()

  /// The layout of the guest's memory.
  var regions: [MemoryRegion] { get }
  /// The descriptors of the shared regions, in their order; they stay open here.
  func lendMemory() -> [CInt]
  /// Compares the layout with what is expected and maps the regions, which ``SealedMemory`` has
  /// checked: each descriptor is a sealed memfd of plain pages that covers its region.
  ///
  /// - Throws: The first difference, or what the kernel refused; the guest goes on at the source.
  func adopt(
    _ regions: [MemoryRegion], _ descriptors: consuming Descriptors
  ) throws(Refusal)
  /// Every device agrees to the offer: compares what the guest needs besides, which does not change
  /// while it runs on at the source. The default needs nothing.
  ///
  /// - Throws: The first difference; nothing has been stopped.
  func checkOffer() throws(Refusal)
  /// Every device has loaded its state: checks that the guest can be continued in the memory that
  /// was adopted, and runs nothing. The default takes that for granted.
  ///
  /// - Throws: Why it cannot; the guest goes on at the source.
  func checkArrival() throws(Refusal)
  /// The guest did not come: unmaps what was adopted.
  func discardMemory()
  /// The guest runs elsewhere: lets go of the memory.
  func releaseMemory()
}

extension MovableGuest {
  /// A guest that makes no difference between its user and a migration.
  public func pause() { stop() }

  /// A guest that needs nothing besides its memory and its devices.
  public func checkOffer() throws(Refusal) {}

  /// A guest that can be continued wherever its memory and its devices are.
  public func checkArrival() throws(Refusal) {}
}
