import BatonCore

/// What came with an offer and waits for the state: the listening socket, and of each session its
/// image, its memory as it is mapped here, and its descriptors.
final class PortArrival {
  let images: [SessionImage?]
  private var sessions: [Session?]
  private var tables: [MemoryTable] = []
  private var logs: [LogMapping?] = []
  private var parcels: [Parcel] = []
  private let listener: Parcel

  /// Descriptors that can stand in a list.
  private final class Parcel {
    private var descriptors: Descriptors
    init(_ descriptors: consuming Descriptors) { self.descriptors = descriptors }

    func take() -> Descriptors { descriptors.removeFirst(descriptors.count) }
  }

  /// How many rings each place's session has.
  var ringCounts: [Int] { images.map { $0?.rings.count ?? 0 } }

  /// - Throws: Memory that cannot be mapped, or a descriptor that is no socket.
  init(
    _ offer: PortOffer, _ listener: consuming Descriptors, _ descriptors: consuming Descriptors,
    subject: Name
  ) throws(Refusal) {
    images = offer.sessions
    sessions = images.map { _ in nil }
    let kernel = descriptors.kernel
    for position in 0..<listener.count {
      try Self.checkSocket(listener[position], in: kernel, subject)
    }
    self.listener = Parcel(listener)
    do throws(VhostFault) {
      for image in images {
        guard let image else {
          tables.append(MemoryTable(in: kernel))
          logs.append(nil)
          parcels.append(Parcel(Descriptors(in: kernel)))
          continue
        }
        var own = descriptors.removeFirst(image.descriptorCount)
        var rest = own.removeFirst(1)
        let memory = own.removeFirst(image.regions.count)
        tables.append(
          image.regions.isEmpty
            ? MemoryTable(in: kernel) : try MemoryTable(image.regions, memory))
        if let log = image.log, let descriptor = own.takeFirst() {
          logs.append(
            try LogMapping(byteCount: log.byteCount, offset: log.offset, descriptor))
        } else {
          logs.append(nil)
        }
        rest.append(contentsOf: own)
        parcels.append(Parcel(rest))
      }
    } catch {
      throw error.refusal(subject)
    }
  }

  /// Makes the sessions as they are in the other process, before anything stands still: only where
  /// their rings go on is missing.
  func makeSessions(
    subject: Name, _ make: (Int, consuming Descriptor) -> Session
  ) throws(Refusal) {
    for (place, image) in images.enumerated() {
      // The connection's socket comes first, and behind it the rings' descriptors.
      var own = parcels[place].take()
      guard let image, let socket = own.takeFirst() else { continue }
      let session = make(place, socket)
      do throws(VhostFault) { try session.become(image, tables[place], logs[place], own) } catch {
        throw error.refusal(subject)
      }
      sessions[place] = session
    }
  }

  /// Places the rings of each session where they go on.
  func startSessions(at bases: [[UInt16]], subject: Name) throws(Refusal) {
    for (place, session) in sessions.enumerated() {
      guard let session, let image = images[place] else { continue }
      do throws(VhostFault) { try session.startRings(as: image, at: bases[place]) } catch {
        throw error.refusal(subject)
      }
    }
  }

  /// The session of a place, which is the port's from now on.
  func takeSession(_ place: Int) -> Session? {
    defer { sessions[place] = nil }
    return sessions[place]
  }

  /// The socket on which front-ends connect.
  func takeListener() -> Descriptors { listener.take() }

  private static func checkSocket(
    _ number: CInt, in kernel: Kernel, _ subject: Name
  ) throws(Refusal) {
    do { _ = try kernel.socketFamily(number) } catch {
      throw Refusal(
        .wrongDescriptor, field: .descriptorKind, subject: subject, here: .name(Name("socket")),
        there: .name(Name("another kind")))
    }
  }
}

extension VhostFault {
  /// The same for a migration: a call that was refused, or a state that cannot be, with the words
  /// for it as far as a name holds them.
  func refusal(_ subject: Name) -> Refusal {
    if case .system(let error) = self { return Refusal(error, subject: subject) }
    return Refusal(.invalid, field: .state, subject: subject, there: .name(brief))
  }

  /// What it is about, in a word or two.
  private var brief: Name {
    switch self {
    case .features, .protocolFeatures: Name("features")
    case .ring, .ringSize, .ringBase, .ringNotReady, .ringFault, .ringRuns, .ringKick:
      Name("a ring")
    case .ringPlace: Name("a ring's place")
    case .regions, .region, .memoryLost, .unsealed: Name("memory")
    case .log: Name("the log")
    case .version, .unknownRequest, .payload, .descriptors, .strayDescriptors, .lostDescriptors,
      .truncated, .unread:
      Name("a message")
    case .system: Name("a call")
    }
  }
}

@available(*, unavailable)
extension PortArrival: Sendable {}
