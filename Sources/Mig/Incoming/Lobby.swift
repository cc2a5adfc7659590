/// The places of those who have connected to a waiting target and not said HELLO.
///
/// There are few, so that strangers cost little; and whoever comes when all are taken gets that of
/// the one that has been silent longest, so that they keep no source out.
struct Lobby: ~Copyable {
  /// How many may wait at once.
  static let placesMax = 16

  /// The first one has been here longest.
  private var visitors: [Visitor] = []

  /// Who has been silent longest.
  var oldest: Visitor? { visitors.first }

  /// Whether the next one has to take somebody's place.
  var isFull: Bool { visitors.count == Self.placesMax }

  mutating func add(_ visitor: Visitor) {
    visitors.append(visitor)
    visitor.stay()
  }

  mutating func remove(_ visitor: Visitor) { visitors.removeAll { $0 === visitor } }

  /// Closes all connections.
  mutating func close() {
    for visitor in visitors { visitor.leave()?.close() }
    visitors = []
  }
}

@available(*, unavailable)
extension Lobby: Sendable {}
