import BatonTesting

/// What must hold of a handover. The numbers in front are those of docs/VERIFICATION.md.
package enum HandoverProperty: UInt8, CaseIterable, Sendable {
  case oneGuest, oneDevice, sourceNeverAgain, newestState, targetHasAll, sourceHasAll
  case releasesLate, startsOwned, takenIsTaken, resumesOwned, nothingLeft, failedLoadCloses
  case strangers, misfits, deadBeforeOffer, deadAtOffer, deadBeforeRun, deadAfterRun, bothDead
  case cancelWins, refusesCommands, oneOwner, statusIsTrue, toldOfTheEnd, hasReason, expected
  case hangsUp, withdraws, wordSettles, servesOwned
  case once, inOrder, tells, asksTheWord, endsAtOnce, firstReason, cancelledByUser, pausesIfAsked
  case afterTheOffer, mayTryAgain, boundedDarkness, lastWish, strangersCost, causeIsKnown
  case meetsNobodyEarly

  package var text: String {
    switch self {
    case .oneGuest: "1 at most one side runs the guest"
    case .oneDevice: "1 at most one side touches the TAP"
    case .sourceNeverAgain: "2 the source never runs the guest again once the target has run it"
    case .newestState: "3 the target never runs a state that the source has run on from"
    case .targetHasAll: "4 the target runs only with the descriptors of every queue"
    case .sourceHasAll: "5 the source runs only with the descriptors of every queue"
    case .releasesLate: "6 the source lets go of its descriptors only at running"
    case .startsOwned: "7 the target starts the guest only at running"
    case .takenIsTaken: "8 nobody takes a guest back from a living target that has it"
    case .resumesOwned: "9 the source resumes only at held, revoked or before the word"
    case .nothingLeft: "14 no descriptor stays with who is idle, failed or done"
    case .failedLoadCloses: "16 a target that failed holds nothing, and says so"
    case .strangers: "20 a process of another user is told nothing"
    case .misfits: "20 nothing is offered to another version, or adopted from one"
    case .deadBeforeOffer: "21 if the source dies before the offer, the target never runs"
    case .deadAtOffer: "22 if the source dies at offered, the target runs"
    case .deadBeforeRun: "23 if the target dies before running, the source resumes"
    case .deadAfterRun: "24 if the target dies after running, the source does not resume"
    case .bothDead: "25 if both die, no descriptor is left"
    case .cancelWins: "29 a cancel before the take ends cancelled, with the guest at the source"
    case .refusesCommands: "33 a command that is not possible is refused and changes nothing"
    case .oneOwner: "36 in the end one side runs the guest, unless it died with its owner"
    case .statusIsTrue: "the status that is reported is the chart's"
    case .toldOfTheEnd: "who is told of a beginning is told of the end"
    case .hasReason: "an end has a reason exactly if it is no success"
    case .expected: "no event is unexpected"
    case .hangsUp: "19 in the end the channel is closed"
    case .withdraws: "18 what was lent is withdrawn, taken back or given away"
    case .wordSettles: "in the end the word says held, running or revoked, or who could act is gone"
    case .once: "32 nothing is asked of a driver twice in one step"
    case .inOrder:
      "the guest runs before anybody is told of a failure, and who hangs up does it last"
    case .tells: "33 who fails says so, and who is asked in vain is answered"
    case .asksTheWord:
      "28 what happens at offered, killing and ready is decided by the word at once"
    case .endsAtOnce: "35 who knows that an attempt is over ends it at once"
    case .firstReason: "the reason of an end is the first thing that went wrong"
    case .cancelledByUser: "cancelled is what the user cancelled, and nothing else"
    case .pausesIfAsked: "the source pauses before the switch exactly if it was asked to"
    case .afterTheOffer: "the source waits for the word only after it offered the guest"
    case .mayTryAgain: "26 after every end another attempt is taken, and begins anew"
    case .boundedDarkness: "38 the darkness is at most the budget of the switch, whoever hangs"
    case .lastWish: "42 what its user said last of the guest, stop or cont, holds wherever it is"
    case .strangersCost: "43 who connects and is no source costs nothing but its own place"
    case .causeIsKnown:
      "44 who ends an attempt tells the other side its own reason before it hangs up"
    case .meetsNobodyEarly: "45 the target meets no source before its devices are ready"
    case .servesOwned: "10 the target serves the TAP only at running"
    }
  }
}
