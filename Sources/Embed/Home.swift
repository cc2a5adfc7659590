import BatonCore
import BatonNet

/// What everything on one loop shares: whose thread it is, and who is being called.
final class Home {
  let loop: EventLoop
  /// Whether the host drives the loop through its own `event_base`.
  let isHosted: Bool
  /// Who is told of migrations where the host gave no list: devices and migrations share one.
  let notifiers = NotifierList()
  /// The devices and ports with TAPs, from their creation to their end.
  var holders: [DeviceHandle] = []
  /// Who asks the loop's ports for their interfaces, while there are ports.
  var lookout: AnyObject?
  /// The thread that everything here is called on.
  let owner: ThreadOwner
  /// How many handles were made on the loop and are not destroyed.
  var residentCount = 0
  // Safe: numbers, which are read and written as a whole, and never lent; each call asks for them.
  /// How many callbacks of the host's are running right now, one inside the other.
  @safe @exclusivity(unchecked) private(set) var callDepth = 0
  /// How many of them are those of a migration on its way: guest, devices, notifiers.
  @safe @exclusivity(unchecked) private(set) var moveDepth = 0
  /// How many are statuses and warnings.
  @safe @exclusivity(unchecked) private(set) var tellDepth = 0
  /// True while the host is told of a record, which is half written then.
  var isRecording = false
  /// True while a round of the loop's own runs.
  @safe @exclusivity(unchecked) var isTurning = false

  /// Throws ENOMEM.
  init(_ loop: EventLoop, isHosted: Bool) throws(SystemError) {
    owner = try ThreadOwner()
    self.loop = loop
    self.isHosted = isHosted
  }

  deinit { owner.end() }

  var kernel: Kernel { loop.kernel }

  /// True while a migration calls the host, which may not take anything away then.
  var isMigrating: Bool { moveDepth > 0 || tellDepth > 0 }

  /// Calls the host.
  @inline(__always)
  func call<Result>(_ body: () -> Result) -> Result {
    callDepth += 1
    defer { callDepth -= 1 }
    return body()
  }

  /// Calls the host for a guest, a device or a notifier.
  func move<Result>(_ body: () -> Result) -> Result {
    moveDepth += 1
    defer { moveDepth -= 1 }
    return call(body)
  }

  /// Tells the host of a migration.
  func tell(_ body: () -> Void) {
    tellDepth += 1
    defer { tellDepth -= 1 }
    call(body)
  }

  /// Refuses a number that the host has nothing open under.
  func expectOpen(_ descriptor: CInt) throws(Hindrance) {
    guard kernel.isOpen(descriptor) else { throw .rule("a descriptor is not open") }
  }

  /// Refuses what can be no eventfd: a pipe would raise a signal, a socket would always be ready.
  func expectCounter(_ descriptor: CInt) throws(Hindrance) {
    try expectOpen(descriptor)
    guard (try? kernel.kind(of: descriptor))?.type == .other else {
      throw .rule("a descriptor is no eventfd")
    }
  }

  /// Refuses descriptors that another device of the loop has already: who closes one second closes
  /// a stranger's, or none.
  func expectFree(_ options: TapOptions, _ name: Name) throws(Hindrance) {
    for number in options.fds ?? [] {
      guard !holders.contains(where: { $0.tap?.holds(number) ?? false }) else {
        throw .invalid(
          .descriptorKind, name, there: .number(UInt64(clamping: number)),
          expected: "one of no other device")
      }
    }
  }

  /// Refuses what takes something away from under a migration that calls the host.
  func forbidInMigration() throws(Hindrance) {
    guard !isMigrating else { throw .rule("nothing is destroyed in a callback of a migration") }
  }

  /// Refuses what a callback of a guest, a device or a notifier may not begin.
  func forbidInMove() throws(Hindrance) {
    guard moveDepth == 0 else {
      throw .rule("no migration is begun in a callback of a guest, a device or a notifier")
    }
  }

  /// Refuses what no callback may do.
  func forbidInCall() throws(Hindrance) {
    guard callDepth == 0, !isTurning else { throw .rule("a loop is not driven in its callbacks") }
  }
}

@available(*, unavailable)
extension Home: Sendable {}
