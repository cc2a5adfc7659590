import BatonHost
import BatonLab
import BatonMig

/// When a cancel comes: for each state of the source's chart how both sides are held still there,
/// and in which state the cancel then finds the source.
struct CancelMoment {
  /// How the target is kept from saying more.
  enum Hold {
    /// It runs on: the source does not wait for it.
    case nothing
    /// It stands still before the source connects; the kernel takes the connection and HELLO.
    case fromTheStart
    /// It stops itself when its chart enters a state.
    case at(IncomingChart.State, afterEffects: Bool)
  }

  let hold: Hold
  /// Where the cancel is handled.
  let landing: OutgoingChart.State
  /// The source's statuses from the start to the end.
  let statuses: [String]
  var pausesBeforeSwitchover = false

  private static let begun = ["setup"]
  private static let accepted = ["setup", "active"]
  private static let paused = ["setup", "active", "pre-switchover"]
  private static let switched = ["setup", "active", "device"]
  private static let ended = ["cancelling", "cancelled"]
  /// It has accepted everything, and has read nothing of the state.
  private static let answered = Hold.at(.receiving, afterEffects: true)

  /// Nil for a state before *taken* in which no cancel can come at all, with the reason beside it,
  /// and for the others.
  init?(_ state: OutgoingChart.State) {
    switch state {
    case .preparing, .connecting, .greeting:
      // Nobody is waited for until HELLO is out: the first two pass in one turn of the loop.
      self.init(.fromTheStart, .greeting, Self.begun)
    case .offering:
      self.init(.at(.inspecting, afterEffects: false), .offering, Self.begun)
    case .active: self.init(.nothing, .active, Self.accepted)
    case .preSwitchover:
      self.init(.nothing, .preSwitchover, Self.paused)
      pausesBeforeSwitchover = true
    case .quiescing, .saving, .offered:
      // The state of a device fits the socket: the first two pass in one turn of the loop.
      self.init(Self.answered, .offered, Self.switched)
    case .setup, .device, .switching: return nil  // Compound: a child is the active state.
    case .cancelling: return nil  // Left in the step that enters it.
    case .idle, .cancelled, .failed, .completed: return nil  // There is nothing to cancel.
    case .killing: return nil  // The word says *taken*.
    }
  }

  /// What the target says of it. The state that it reads too late may not fit the guest's memory
  /// any more, in which the guest runs on at the source.
  var targetWords: [String] { landing == .offered ? [] : ["cancelled"] }

  private init(_ hold: Hold, _ landing: OutgoingChart.State, _ before: [String]) {
    self.hold = hold
    self.landing = landing
    statuses = before + Self.ended
  }

  /// The states in which a cancel comes while the source goes through them.
  static let states = OutgoingChart.State.allCases.filter { CancelMoment($0) != nil }
}
