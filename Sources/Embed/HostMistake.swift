import BatonCore
import CBaton

/// Something wrong with a host's chart, by the numbers of its tables.
struct HostMistake {
  /// What is wrong, with the numbers of the header.
  enum Code: Int32 {
    case tooLarge = 1
    case badName = 2
    case sameName = 3
    case noFunction = 4
    case noSuchRow = 5
    case misplaced = 6
    case circle = 7
    case badCondition = 8
    case missingInitial = 16
    case initialIsNoChild = 17
    case unreachable = 18
    case finalIsLeft = 19
    case nondeterminism = 20
    case eventlessCircle = 21
    case unusedGuard = 22
    case unusedAction = 23
    case unusedDelay = 24
    case unhandledEvent = 25
    case doneWithoutFinal = 26
    case shadowed = 27
    case tooFewRegions = 28
    case finalRegion = 29
    case illegalTargets = 30
    case historyDefault = 31
    case uselessHistory = 32
  }

  let code: Code
  /// The state's number; 0: the chart, or none.
  var state = 0
  /// The transition's row; -1: none.
  var transition = -1
  /// The number of what else it is about; 0: nothing.
  var number = 0
  let text: String

  /// Whether it says of the whole chart that something in it is of no use, which may be the
  /// consequence of another mistake.
  var isAboutUse: Bool {
    switch code {
    case .unreachable, .unusedGuard, .unusedAction, .unusedDelay, .unhandledEvent, .shadowed,
      .uselessHistory:
      true
    case .tooLarge, .badName, .sameName, .noFunction, .noSuchRow, .misplaced, .circle,
      .badCondition, .missingInitial, .initialIsNoChild, .finalIsLeft, .nondeterminism,
      .eventlessCircle,
      .doneWithoutFinal, .tooFewRegions, .finalRegion, .illegalTargets, .historyDefault:
      false
    }
  }
}

extension HostMistake {
  /// What Core says of a plan, whose symbols are one less than the tables' numbers.
  init(_ mistake: Mistake, _ names: ChartNames) {
    let (code, state, number) = Self.parts(mistake)
    self.init(
      code: code, state: state.map { Int($0) + 1 } ?? 0, number: number.map { Int($0) + 1 } ?? 0,
      text: mistake.text(names))
  }

  private static func parts(_ mistake: Mistake) -> (Code, state: UInt16?, number: UInt16?) {
    switch mistake {
    case .missingInitial(let state): (.missingInitial, state, nil)
    case .initialIsNoChild(let state, let child): (.initialIsNoChild, state, child)
    case .unreachableState(let state): (.unreachable, state, nil)
    case .finalIsLeft(let state): (.finalIsLeft, state, nil)
    case .nondeterminism(let state, let event): (.nondeterminism, state, event)
    case .eventlessCycle(let state): (.eventlessCircle, state, nil)
    case .unusedGuard(let number): (.unusedGuard, nil, number)
    case .unusedAction(let number): (.unusedAction, nil, number)
    case .unusedDelay(let number): (.unusedDelay, nil, number)
    case .unhandledEvent(let number): (.unhandledEvent, nil, number)
    case .doneWithoutFinal(let state): (.doneWithoutFinal, state, nil)
    case .shadowedTransition(let state, let event): (.shadowed, state, event)
    case .tooFewRegions(let state): (.tooFewRegions, state, nil)
    case .finalRegion(let state): (.finalRegion, state, nil)
    case .illegalTargets(let state): (.illegalTargets, state, nil)
    case .historyDefault(let state): (.historyDefault, state, nil)
    case .uselessHistory(let state): (.uselessHistory, state, nil)
    // What the tables cannot say: each row is one state, and is asked for its numbers before.
    case .unknownTarget(let state, let target): (.noSuchRow, state, target)
    case .duplicateState(let state), .undeclaredState(let state): (.noSuchRow, state, nil)
    case .unnumberedSymbols, .lineOutsideState: (.misplaced, nil, nil)
    case .invokingState(let state), .resumingHistory(let state), .sameName(let state):
      (.misplaced, state, nil)
    case .tooLarge: (.tooLarge, nil, nil)
    }
  }
}

extension baton_mistake {
  /// A mistake as the host reads it.
  init(_ mistake: HostMistake) {
    self.init()
    code = mistake.code.rawValue
    state = UInt32(mistake.state)
    transition = Int32(mistake.transition)
    number = UInt32(clamping: mistake.number)
    Text.put(mistake.text.utf8, into: &text)
  }
}
