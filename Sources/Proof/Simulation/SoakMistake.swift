/// A mistake that is made on purpose in a simulated handover, to see that its soak finds it.
package enum SoakMistake: String, CaseIterable, Sendable {
  /// What the source's user says during the switch is answered and forgotten.
  case forgetsTheWish
  /// The target gives up when a stranger connects.
  case endsForStrangers
  /// The source takes twenty times its budget for the switch.
  case waitsTooLong
  /// The source says in CANCEL that its user cancelled, whatever it was.
  case saysCancelled

  /// What the soak says of it, or the beginning of that.
  package var words: String {
    switch self {
    case .forgetsTheWish: "against what its user said last"
    case .endsForStrangers: "nothing went wrong, and the guest did not move"
    case .waitsTooLong: "the guest was in the dark for"
    case .saysCancelled: "was told cancelled and not"
    }
  }

  func make(in handover: SimulatedHandover) {
    switch self {
    case .forgetsTheWish, .endsForStrangers: break  // The script makes them.
    case .waitsTooLong: handover.source.switchMillis *= 20
    case .saysCancelled: handover.source.kernel.process.rewrite = Self.cancelled
    }
  }

  /// CANCEL without a payload, as a user's cancel is.
  private static func cancelled(_ bytes: [UInt8]) -> [UInt8] {
    let (type, length, header) = (4, 12, 16)
    guard bytes.count > header, bytes[type] == 12 else { return bytes }
    return Array(bytes[..<length]) + [0, 0, 0, 0]
  }
}
