import BatonCore

/// What came with an offer and waits for the state: the listening socket, and of each session its
/// image, its memory as it is mapped here, and its descriptors.
final class PortArrival {
  let images: [SessionImage?]
  private(set) var tables: [MemoryTable] = []
  private(set) var logs: [LogMapping?] = []
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
    let kernel = descriptors.kernel
    try Self.checkSocket(listener[0], in: kernel, subject)
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

  /// The connection's socket of a place, and behind it the rings' descriptors.
  func take(_ place: Int) -> Descriptors { parcels[place].take() }

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
    case .ring, .ringSize, .ringBase, .ringNotReady, .ringFault, .ringRuns: Name("a ring")
    case .ringPlace: Name("a ring's place")
    case .regions, .region: Name("memory")
    case .log: Name("the log")
    case .version, .unknownRequest, .payload, .descriptors, .strayDescriptors, .truncated, .unread:
      Name("a message")
    case .system: Name("a call")
    }
  }
}

@available(*, unavailable)
extension PortArrival: Sendable {}
