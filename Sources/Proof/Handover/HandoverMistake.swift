import BatonCore
import BatonMig

/// A mistake that is made on purpose, to see it found.
package enum HandoverMistake: String, CaseIterable, Sendable {
  /// The source takes the guest back although the target lives and owns it.
  case revokesTheTaken
  /// The source resumes and leaves the word as it is.
  case resumesUnrevoked
  /// The source leaves the guest with a target that died before it ran it.
  case forgetsTheDead
  /// The source resumes a target's guest once it has killed it, without waiting for its death.
  case trustsItsKill
  /// The source never kills.
  case neverKills
  /// The target takes the guest whatever the word says.
  case takesUnasked
  /// The target runs the guest without the last swap.
  case runsUnasked
  /// What the source's user says during the switch is answered and forgotten.
  case forgetsTheWish
  /// The target meets nobody else while somebody is connected.
  case hasOnePlace
  /// The target gives up when a stranger sends what is no record.
  case endsForStrangers
  /// The target drops what it took when it cannot apply it.
  case neverGivesBack
  /// The source gives the switch no time of its own.
  case neverEndsTheSwitch
  /// The source gives each phase of the switch the time of all.
  case beginsTheSwitchAnew
  /// The source says that it was cancelled, whatever it found.
  case saysCancelled
  /// The target hangs up without a word.
  case hangsUpUnsaid

  /// The property that it breaks; nil for one after which a side waits for ever.
  package var property: HandoverProperty? {
    switch self {
    case .revokesTheTaken: .oneDevice
    case .resumesUnrevoked, .forgetsTheDead, .trustsItsKill, .takesUnasked: .resumesOwned
    case .runsUnasked: .servesOwned
    case .forgetsTheWish: .lastWish
    case .hasOnePlace, .endsForStrangers: .strangersCost
    case .neverEndsTheSwitch, .beginsTheSwitchAnew: .boundedDarkness
    case .saysCancelled, .hangsUpUnsaid: .causeIsKnown
    case .neverKills, .neverGivesBack: nil
    }
  }

  /// The chart of a source that makes it; nil where the mistake is the driver's.
  var sources: Table<OutgoingChart>? {
    var plan = OutgoingChart.table.plan
    guard property == .boundedDarkness,
      let phase = plan.position(of: OutgoingChart.State.switching.code),
      let place = plan.states[phase].transitions.first(where: {
        plan.transitions[$0].trigger == .delay(OutgoingChart.Delay.switch.code)
      })
    else { return nil }
    let delay = plan.transitions[place]
    plan.states[phase].transitions.removeAll { $0 == place }
    // Its place stays, so that the others keep their numbers; no chart has this event.
    plan.transitions[place].trigger = .event(.max)
    guard self == .beginsTheSwitchAnew else { return Table(plan) }
    for child in plan.states[phase].children {
      var own = delay
      own.source = child
      plan.states[child].transitions.append(plan.transitions.count)
      plan.transitions.append(own)
    }
    return Table(plan)
  }
}
