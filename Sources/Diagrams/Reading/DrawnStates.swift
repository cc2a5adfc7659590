import BatonCore

/// What a drawing shows, as it is written there: boxes in boxes, arrows, and lines of text.
struct DrawnStates {
  /// What a box is.
  enum Kind: Hashable {
    case plain
    case fork, join, choice
    case start, end
    case history(isDeep: Bool)
  }

  struct Box {
    var id: String
    var label: String?
    var parent: Int?
    /// Which part of its parent it stands in, where lines divide it.
    var part = 0
    var kind = Kind.plain
    var isDashed = false
    /// Whether it is the history of the whole state around it, and not of one part.
    var isOfWhole = false
    /// Whether somebody said that there is such a box, and not only drew an arrow to it.
    var isDeclared = false
    /// True for what is another thing in a chart: a fork is a transition with several targets.
    var isGone = false
    /// Whether it was told that it is not what it is drawn as.
    var isTold = false
    var isFinal = false
    var rows: [Row] = []
    var line: Int

    var name: String { label ?? id }
  }

  /// A box, or the dot of a level.
  enum End: Hashable {
    case box(Int)
    case dot(of: Int?, part: Int)
  }

  struct Arrow {
    var from: End
    var to: End
    var rows: [Scalars]
    var isInternal = false
    /// Further targets, those of a fork.
    var others: [Int] = []
    /// What joins: the states that must be active.
    var joined: [Int] = []
    var line: Int
  }

  static let boxesMax = Limits.states
  static let arrowsMax = 1 << 16
  static let depthMax = 64

  var name = ""
  var boxes: [Box] = []
  var arrows: [Arrow] = []
  var findings: [Finding] = []
  /// What a legend lists, in a drawing of ours.
  var declarations: [String] = []
  /// How many rows of which box still have a mark.
  var marked: (mark: Mark, box: Int?, count: Int)?
  /// The boxes that are open, and the part at hand.
  private(set) var open: [(box: Int?, part: Int)] = [(nil, 0)]
  /// By id: two that look alike, such as é as one code point and as two, are two.
  private var numbers: [Scalars: Int] = [:]

  var scope: Int? { open[open.count - 1].box }
  var part: Int { open[open.count - 1].part }

  mutating func find(_ text: String, line: Int, kind: Finding.Kind = .warning) {
    findings.append(Finding(line: line, kind: kind, text: text))
  }

  /// The box of this id, a new one at hand when there is none; nil when there are too many.
  mutating func box(_ id: String, line: Int, isDeclared: Bool = false) -> Int? {
    let key = Scalars(id)
    if let number = numbers[key] {
      if isDeclared, !boxes[number].isDeclared {
        boxes[number].isDeclared = true
        boxes[number].line = line
        // An arrow outside has named it before.
        if boxes[number].parent != scope, !encloses(number, scope) {
          boxes[number].parent = scope
          boxes[number].part = part
        }
      }
      return number
    }
    guard boxes.count < Self.boxesMax else {
      if findings.last?.kind != .mistake {
        find("there are more than \(Self.boxesMax) states", line: line, kind: .mistake)
      }
      return nil
    }
    numbers[key] = boxes.count
    var box = Box(id: id, parent: scope, part: part, line: line)
    box.isDeclared = isDeclared
    boxes.append(box)
    return boxes.count - 1
  }

  private func encloses(_ box: Int, _ other: Int?) -> Bool {
    var next = other
    while let here = next {
      if here == box { return true }
      next = boxes[here].parent
    }
    return false
  }

  /// The history box of a state, or of the level at hand for nil.
  mutating func history(of id: String?, isDeep: Bool, line: Int) -> Int? {
    let owner: Int?
    if let id {
      guard let found = box(id, line: line) else { return nil }
      owner = found
    } else {
      owner = scope
    }
    let ownerID = owner.map { boxes[$0].id } ?? ""
    guard let number = box("\(ownerID)[H\(isDeep ? "*" : "")]", line: line) else { return nil }
    boxes[number].kind = .history(isDeep: isDeep)
    boxes[number].parent = owner
    boxes[number].isOfWhole = id != nil
    boxes[number].label =
      (isDeep ? "deepHistory" : "history") + (ownerID.isEmpty ? "" : " of \(ownerID)")
    return number
  }

  mutating func add(_ arrow: Arrow) {
    guard arrows.count < Self.arrowsMax else {
      if findings.last?.kind != .mistake {
        find("there are more than \(Self.arrowsMax) arrows", line: arrow.line, kind: .mistake)
      }
      return
    }
    arrows.append(arrow)
  }

  // MARK: Levels

  mutating func begin(_ box: Int, line: Int) {
    guard open.count < Self.depthMax else {
      find("states nest deeper than \(Self.depthMax)", line: line, kind: .mistake)
      open.append((scope, part))
      return
    }
    open.append((box, 0))
  }

  mutating func end(line: Int) {
    guard open.count > 1 else { return find("} closes nothing", line: line, kind: .mistake) }
    open.removeLast()
  }

  mutating func divide() { open[open.count - 1].part += 1 }

  /// Begins a block that only groups: what stands in it lies on the level at hand.
  mutating func beginGroup(line: Int) {
    if open.count >= Self.depthMax {
      find("states nest deeper than \(Self.depthMax)", line: line, kind: .mistake)
    }
    open.append((scope, part))
  }

  /// - Parameter passed: A block that is still passed over at the end.
  mutating func finish(_ passed: PassedBlock?, line: Int) {
    if let passed {
      find("\(passed.head.text) is not closed", line: passed.line, kind: .mistake)
    }
    guard open.count > 1 else { return }
    let name = scope.map { "state \(boxes[$0].name)" } ?? "together"
    find("\(name) is not closed", line: line, kind: .mistake)
  }
}
