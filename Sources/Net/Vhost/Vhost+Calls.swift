import BatonCore

/// The calls to the kernel, each effect's with their outcome.
extension Vhost {
  /// How refusals of calls name it.
  static let path = Name("/dev/vhost-net")
  /// A misc device (10) with the number that Linux keeps for it (VHOST_NET_MINOR).
  static let kind = FileKind.FileType.characterDevice(major: 10, minor: 238)
  /// Header and frame come from the rings alone, the TAP has none (VHOST_NET_F_VIRTIO_NET_HDR).
  static let makesHeader: UInt64 = 1 << 27

  private func calling<Answer>(
    _ body: () throws(SystemError) -> Answer
  ) throws(Refusal) -> Answer {
    do { return try body() } catch { throw Refusal(error, subject: Self.path) }
  }

  /// What is given comes first; who has used it up is not given any of ours.
  func openAll() throws(Refusal) -> VhostChart.Event {
    if let strayNumber {
      throw Refusal(
        .invalid, field: .vhost, subject: Self.path, here: .name(Name("an open descriptor")),
        there: .number(UInt64(clamping: strayNumber)))
    }
    if !wish.given.isEmpty {
      guard wish.given.count == wish.pairs, given.count == wish.pairs else {
        throw Refusal(
          given.isEmpty ? .usedUp : .invalid, field: .vhost, subject: Self.path,
          here: .number(UInt64(wish.pairs)), there: .number(UInt64(wish.given.count)))
      }
      descriptors.append(contentsOf: given.removeFirst(given.count))
    }
    var common = UInt64.max
    for pair in 0..<wish.pairs { common &= try openOne(pair) }
    let needed = VirtioFeatures.version1.rawValue
    guard common & needed != 0 else {
      throw Refusal(
        .invalid, field: .features, subject: Self.path, here: .bits(needed), there: .bits(common))
    }
    return .features(common)
  }

  private func openOne(_ pair: Int) throws(Refusal) -> UInt64 {
    if wish.given.isEmpty {
      let number = try calling { () throws(SystemError) in try kernel.openVhost() }
      descriptors.append(Descriptor(owning: number, in: kernel))
    } else {
      let number = descriptors[pair]
      let kind = try calling { () throws(SystemError) in try kernel.kind(of: number) }
      guard kind.type == Self.kind else {
        throw Refusal(
          .wrongDescriptor, field: .vhost, subject: Self.path, here: .name(Self.path),
          there: .name(kind.type.text))
      }
      try calling { () throws(SystemError) in try kernel.setNonBlocking(number) }
    }
    return try calling { () throws(SystemError) in
      try kernel.vhostFeatures(descriptors[pair])
    }
  }

  /// Becomes the owner, and makes all that rings need beside memory.
  func ownAll() throws(Refusal) -> VhostChart.Event {
    for pair in 0..<wish.pairs {
      let number = descriptors[pair]
      try calling { () throws(SystemError) in try kernel.vhostSetOwner(number) }
      guard wish.pollMicros > 0 else { continue }
      for ring in 0..<Kernel.vhostRingCount {
        try calling { () throws(SystemError) in
          try kernel.vhostSetBusyLoop(number, ring: ring, micros: wish.pollMicros)
        }
      }
    }
    for _ in 0...4 * wish.pairs {
      let number = try calling { () throws(SystemError) in try kernel.createCounter() }
      counters.append(Descriptor(owning: number, in: kernel))
    }
    for queue in 0..<2 * wish.pairs {
      watches.append(CounterWatch(loop, counters[2 * wish.pairs + queue], queue, calling: self))
    }
    watches.append(
      CounterWatch(loop, counters[4 * wish.pairs], Self.faultWatch, calling: self))
    return .succeeded
  }

  /// Tells the guest's memory, and the features that its driver will probably accept.
  func map() throws(Refusal) -> VhostChart.Event {
    guard let memoryMap else { throw Refusal(.wrongState, field: .memorySize, subject: Self.path) }
    try tell(ringFeatures)
    for pair in 0..<wish.pairs {
      try calling { () throws(SystemError) in
        try kernel.vhostSetMemory(descriptors[pair], memoryMap)
      }
    }
    return .succeeded
  }

  /// Tells features where they are not what was told last.
  private func tell(_ accepted: VirtioFeatures) throws(Refusal) {
    var bits = accepted.intersection(.rings).rawValue
    if !hasHeader { bits |= Self.makesHeader }
    guard bits != toldFeatures else { return }
    guard bits & ~memory.features == 0 else {
      throw Refusal(
        .invalid, field: .features, subject: Self.path, here: .bits(memory.features),
        there: .bits(bits))
    }
    toldFeatures = nil
    for pair in 0..<wish.pairs {
      try calling { () throws(SystemError) in
        try kernel.vhostSetFeatures(descriptors[pair], bits)
      }
    }
    toldFeatures = bits
  }

  /// Tells where every ring is, and where it goes on.
  func placeRings() throws(Refusal) -> VhostChart.Event {
    guard let guest = port?.guest else {
      throw Refusal(.wrongState, field: .state, subject: Self.path)
    }
    try tell(guest.acceptedFeatures)
    for queue in 0..<2 * wish.pairs { try placeRing(queue, of: guest) }
    return .succeeded
  }

  private func placeRing(_ queue: Int, of guest: VirtioNet) throws(Refusal) {
    let (number, ring) = (descriptors[queue / 2], queue % 2)
    guard let parts = guest.parts(of: queue) else {
      throw Refusal(
        .invalid, field: .ringAddress, subject: Self.path, there: .number(UInt64(queue)))
    }
    try calling { () throws(SystemError) in
      try kernel.vhostSetSize(number, ring: ring, parts.size)
      try kernel.vhostSetBase(number, ring: ring, guest.position(of: queue))
      try kernel.vhostSetPlace(
        number, ring: ring, descriptors: parts.descriptors, available: parts.available,
        used: parts.used)
      try kernel.vhostSetKick(number, ring: ring, counters[queue])
      try kernel.vhostSetCall(number, ring: ring, counters[2 * wish.pairs + queue])
      try kernel.vhostSetError(number, ring: ring, counters[4 * wish.pairs])
    }
  }

  /// From here on the kernel serves the rings, first what waits in them.
  func startRings() throws(Refusal) -> VhostChart.Event {
    guard let port else { throw Refusal(.wrongState, field: .state, subject: Self.path) }
    for queue in 0..<2 * wish.pairs {
      let tap = port.queue(ofPair: queue / 2)
      try calling { () throws(SystemError) in
        try kernel.vhostSetBackend(descriptors[queue / 2], ring: queue % 2, tap)
      }
    }
    for queue in 0..<2 * wish.pairs { ring(counters[queue]) }
    return .succeeded
  }

  /// Nothing is in flight once the kernel has answered (docs/KERNELS.md), so that the one index
  /// that it tells is where both sides of a ring go on.
  func stopRings() throws(Refusal) -> VhostChart.Event {
    for queue in 0..<2 * wish.pairs {
      try calling { () throws(SystemError) in
        try kernel.vhostSetBackend(descriptors[queue / 2], ring: queue % 2, -1)
      }
    }
    for queue in 0..<2 * wish.pairs {
      let base = try calling { () throws(SystemError) in
        try kernel.vhostBase(descriptors[queue / 2], ring: queue % 2)
      }
      port?.guest?.resumeQueue(queue, at: base)
    }
    return .succeeded
  }

  /// Closes everything: with the last descriptor the kernel lets go of the rings.
  func drop() {
    watches = []
    toldFeatures = nil
    descriptors = Descriptors(in: kernel)
    counters = Descriptors(in: kernel)
    given = Descriptors(in: kernel)
  }

  /// The kernel will not say where it stopped: the guest has seen where, in the used index.
  func recover() {
    drop()
    guard let guest = port?.guest else { return }
    for queue in 0..<2 * wish.pairs {
      guest.resumeQueue(queue, at: guest.shownIndex(of: queue))
    }
  }

  /// Rings an eventfd; one that is full is as loud as it can be.
  func ring(_ counter: CInt) {
    var one: UInt64 = 1
    // Safe: eight bytes of ours, lent for the call.
    _ = unsafe withUnsafeBytes(of: &one) { bytes in
      // Safe: as above.
      unsafe try? kernel.write(counter, from: bytes)
    }
  }

  /// Sets an eventfd back; one that was not rung would block, which is as good.
  ///
  /// - Returns: Why it cannot be.
  func unring(_ counter: CInt) -> SystemError? {
    var count: UInt64 = 0
    // Safe: eight bytes of ours, lent for the call.
    return unsafe withUnsafeMutableBytes(of: &count) { bytes in
      do throws(SystemError) {
        // Safe: as above.
        _ = try unsafe kernel.read(counter, into: bytes)
        return nil
      } catch {
        return error.isWouldBlock ? nil : error
      }
    }
  }
}

/// The watch of one eventfd; dropped before that is closed.
final class CounterWatch {
  private let watch: Watch

  init(_ loop: any Loop, _ counter: CInt, _ id: Int, calling watcher: any Watcher) {
    watch = Watch(loop, descriptor: counter, for: .read, id: id, calling: watcher)
  }
}

@available(*, unavailable)
extension CounterWatch: Sendable {}
