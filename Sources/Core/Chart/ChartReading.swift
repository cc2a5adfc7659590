/// What reading somebody's chart gave: the outline, where it says what, and what is wrong there.
package struct ChartReading: Sendable {
  /// The states and transitions; mistakes leave out what they are about.
  package var outline: Outline
  /// By state, the line that it begins on, from 1; 0 where that is not known.
  package var stateLines: [Int] = []
  /// By transition, the same.
  package var transitionLines: [Int] = []
  /// States whose transitions a finding tells of: they have no gaps beside it.
  package var told: Set<Int> = []
  /// Whatever was found, in no order.
  package var findings: [Finding] = []

  /// Nothing but an outline without states.
  package init(name: String) {
    outline = Outline(name: name, initial: 0, states: [], transitions: [])
  }

  /// Adds a state or transition, with its line.
  package mutating func add(_ state: Outline.State, line: Int) {
    outline.states.append(state)
    stateLines.append(line)
  }

  /// Adds a transition, with its line.
  package mutating func add(_ transition: Outline.Transition, line: Int) {
    outline.transitions.append(transition)
    transitionLines.append(line)
  }

  /// All findings by line, gaps of the outline among them.
  package var all: [Finding] {
    (findings + gaps).enumerated().sorted {
      ($0.element.line, $0.offset) < ($1.element.line, $1.offset)
    }.map { $0.element }
  }

  /// The gaps; none while mistakes leave out something, since they would only follow from it.
  private var gaps: [Finding] {
    if findings.contains(where: { $0.kind == .mistake }) { return [] }
    return outline.gaps.compactMap { gap in
      let line: Int
      switch gap.place {
      case .state(let number): line = stateLines[number]
      case .transition(let number):
        if told.contains(outline.transitions[number].source) { return nil }
        line = transitionLines[number]
      }
      return Finding(line: line, kind: .gap, text: gap.text)
    }
  }
}

/// Something about a document that its author should know.
package struct Finding: Hashable, Sendable {
  /// How bad it is.
  package enum Kind: String, Hashable, Sendable {
    /// The document breaks a rule of its language.
    case mistake
    /// Something is passed over, most likely a word that is not spelled right.
    case warning
    /// The chart can be drawn and run, and part of it is of no use.
    case gap
    /// Nothing is wrong, and something that goes with other charts does not with this one.
    case note
  }

  /// From 1; 0 for the document as a whole.
  package var line: Int
  package var kind: Kind
  /// What was found, as a sentence without its full stop.
  package var text: String

  /// A finding; see the properties.
  package init(line: Int, kind: Kind, text: String) {
    self.line = line
    self.kind = kind
    self.text = text
  }

  /// One line, as compilers write it: `file:line: kind: text`.
  package func text(file: String) -> String {
    "\(file)\(line > 0 ? ":\(line)" : ""): \(kind.rawValue): \(text)"
  }
}
