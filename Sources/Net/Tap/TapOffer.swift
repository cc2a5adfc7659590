/// What a source offers of its TAP.
public struct TapOffer: Hashable, Sendable {
  /// The TAP as the source has it.
  package var properties: TapProperties
  /// How many descriptors came with the offer; none when the target opens a TAP of its own.
  package var descriptorCount: Int
  /// Whether a down script is to be run by whoever has the TAP last.
  package var isOwed: Bool

  /// An offer with so many descriptors beside it, 0 or one for each queue.
  package init(properties: TapProperties, descriptorCount: Int, isOwed: Bool = false) {
    self.properties = properties
    self.descriptorCount = descriptorCount
    self.isOwed = isOwed
  }
}
