import BatonCore
import BatonMig

/// What the model has to know of a chart to play its side of a handover.
protocol PlayedChart: Chart where Event.Kind.RawValue == UInt8, Effect.Kind.RawValue == UInt8 {
  /// The side that the chart decides for.
  static var role: Role { get }

  /// An event of each kind, by the payloads that make a difference to anybody.
  static func event(_ kind: Event.Kind, payload: UInt8) -> Event

  /// How many payloads an event of this kind has, 1 to 8.
  static func payloads(of kind: Event.Kind) -> UInt8

  /// The user does not want the handover any more.
  static var cancel: Told<Self> { get }

  /// Whether no attempt is under way.
  static func isAtRest(_ state: State) -> Bool

  /// An effect that nobody but this side's own process can see, so that it happens with the step of
  /// the chart; nil for one that is performed in a step of its own.
  static func announcement(_ effect: Effect) -> Announcement?

  /// What the model remembers of a step; computed once for each.
  static func note(_ step: ChartStep<Self>) -> StepNote

  /// The property that a step breaks by itself, wherever it is made.
  static func rule(_ step: ChartStep<Self>, _ effects: [Effect]) -> HandoverProperty?
}

/// What a side tells its own process.
enum Announcement {
  /// The status is a new one.
  case status(MigrationStatus)
  /// Those who were told of the beginning are told of the end.
  case end
  /// A command is answered.
  case answer
}

/// One step of a chart: where it stood, what it was told, what became of that, where it stands.
struct ChartStep<C: PlayedChart> {
  let before: Snapshot<C>
  let told: Told<C>
  let outcome: Outcome
  let after: Snapshot<C>
  /// The delays that run afterwards.
  let delays: [RunningDelay]
}

/// A delay that runs after a step.
enum RunningDelay: Hashable {
  /// It ran before, and has what is left of it.
  case kept
  /// It began with the step, and is so long, in nanoseconds.
  case begun(UInt64)
}

/// What the model remembers of a step beside the chart, to ask the chart for it later.
struct StepNote {
  /// The first thing that went wrong: what ``HandoverState/Side/cause`` says; 0 for nothing.
  var cause: UInt8 = 0
  /// What happened before is nobody's reason any more.
  var forgetsCause = false
  var gains: HandoverState.Flags = []
  /// Taken away after `gains` was given.
  var loses: HandoverState.Flags = []
}

extension HandoverState.Side {
  mutating func apply(_ note: StepNote) {
    if note.cause != 0, cause == 0 { cause = note.cause }
    flags.formUnion(note.gains)
    if note.forgetsCause { cause = 0 }
    flags.subtract(note.loses)
  }
}

/// Payloads that both sides hear of.
extension Greeting {
  /// 0: one that fits; 1: of an older version; 2: of a side that moves backends otherwise.
  static func heard(_ payload: UInt8) -> Greeting {
    Greeting(
      transfersBackends: payload != 2, handover: 1, version: payload == 1 ? 0 : Self.current)
  }

  /// The payloads that do not fit.
  static var misfits: ClosedRange<UInt8> { 1...2 }
}

extension Ownership {
  /// 0 for a word that makes no sense, else a raw value.
  static func found(_ payload: UInt8) -> Ownership? { Ownership(rawValue: UInt32(payload)) }

  /// How many values a word may be found with, the senseless one included.
  static var payloads: UInt8 { UInt8(allCases.count) + 1 }
}
