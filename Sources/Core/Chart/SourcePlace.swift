#if !hasFeature(Embedded)
  /// Where a line of a definition stands in the source of a program.
  ///
  /// The result builder of a definition tells it (`#fileID`, `#line`). libbaton-core, which is
  /// Embedded Swift, has no room for it.
  public struct SourcePlace: Hashable, Sendable, CustomStringConvertible {
    /// The module and the file, as `#fileID` has them.
    public let file: String
    /// The line, from 1; for an expression of several lines the first.
    public let line: Int

    init(_ origin: Origin) {
      file = "\(origin.file)"
      line = Int(origin.line)
    }

    /// Both, as compilers write them.
    public var description: String { "\(file):\(line)" }
  }

  /// A place as it comes from the compiler, without a copy of the name.
  package struct Origin: Sendable {
    package let file: StaticString
    package let line: UInt32
  }

  extension Line {
    /// The lines at this place, but for those that know theirs.
    static func placed(_ lines: [Line], _ origin: Origin) -> [Line] {
      lines.map { line in
        switch line {
        case .state(var it):
          it.origin = it.origin ?? origin
          return .state(it)
        case .transition(var it):
          it.origin = it.origin ?? origin
          return .transition(it)
        case .ignored, .refused, .deferred, .initial: return line
        }
      }
    }
  }

  extension Plan {
    /// Where each of the mistakes was made: the line of the state or the transition, or of the
    /// chart where it is about neither. Nil when the plan was not written in Swift.
    package func places(of mistakes: [Mistake]) -> [SourcePlace?] {
      let index = PlanIndex(self)
      var met: [Mistake: Int] = [:]
      return mistakes.map { mistake in
        // Equal ones are told in the order in which their lines stand.
        let number = met[mistake, default: 0]
        met[mistake] = number + 1
        let found = origins(of: mistake, index)
        let origin = number < found.count ? found[number] : found.last ?? nil
        return (origin ?? self.origin).map { SourcePlace($0) }
      }
    }

    private func origins(of mistake: Mistake, _ index: PlanIndex) -> [Origin?] {
      switch mistake {
      case .duplicateState(let code): Array(origins(ofState: code).dropFirst())
      case .unreachableState(let code), .finalIsLeft(let code), .eventlessCycle(let code),
        .doneWithoutFinal(let code), .tooFewRegions(let code), .finalRegion(let code),
        .historyDefault(let code), .uselessHistory(let code), .invokingState(let code),
        .sameName(let code), .resumingHistory(let code):
        origins(ofState: code)
      case .missingInitial(let code), .initialIsNoChild(let code, initial: _):
        code.map { origins(ofState: $0) } ?? []
      case .unknownTarget(let source, let target):
        origins(from: source) { it in
          // One line may name it twice.
          it.targets.filter { $0 == target }.count
        }
      case .nondeterminism(let source, let event): late(source, event)
      case .shadowedTransition(let source, let event):
        origins(from: source) { $0.trigger == .event(event) && !$0.isSpread ? 1 : 0 }
      case .illegalTargets(let source):
        origins(from: source) { areTogether($0.targets, index) ? 0 : 1 }
      case .lineOutsideState: [strayOrigin]
      case .unnumberedSymbols, .undeclaredState, .unusedGuard, .unusedAction, .unusedDelay,
        .unhandledEvent, .tooLarge:
        []
      }
    }

    private func origins(ofState code: UInt16) -> [Origin?] {
      states.filter { $0.symbol == code }.map(\.origin)
    }

    /// The lines of a state's transitions, each as often as it counts.
    private func origins(from source: UInt16, _ count: (Transition) -> Int) -> [Origin?] {
      transitions.filter { states[$0.source].symbol == source }.flatMap { it in
        Array(repeating: it.origin, count: count(it))
      }
    }

    /// Those behind one without guard on the same trigger.
    private func late(_ source: UInt16, _ event: UInt16?) -> [Origin?] {
      states.filter { $0.symbol == source }.flatMap { state -> [Origin?] in
        var closed: Set<Trigger> = []
        return state.transitions.compactMap { number -> Origin?? in
          let it = transitions[number]
          if it.isSpread { return nil }
          let isLate = closed.contains(it.trigger)
          if it.condition == nil { closed.insert(it.trigger) }
          let kind: UInt16? = if case .event(let kind) = it.trigger { kind } else { nil }
          return isLate && kind == event ? .some(it.origin) : nil
        }
      }
    }
  }

  extension ChartError {
    /// The mistakes with the names of the symbols, each behind its place as compilers write it.
    public var located: [String] {
      zip(places, descriptions).map { place, text in place.map { "\($0): \(text)" } ?? text }
    }
  }
#endif
