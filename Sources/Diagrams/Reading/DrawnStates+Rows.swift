/// What stands in a box, line by line.
extension DrawnStates {
  struct Row {
    var text: Scalars
    var line: Int
    var mark: Mark?
  }

  /// What rows are that could be taken for transitions.
  enum Mark {
    case remark
    case declaration
  }

  /// What a comment of ours says of the rows behind it: `2 remarks`, `1 declaration`.
  mutating func mark(_ comment: Scalars) {
    let words = comment.trimmed.pieces(between: " ").map(\.text)
    guard words.count == 2, let count = Int(words[0]) else { return }
    switch words[1] {
    case "remark", "remarks": marked = (.remark, nil, count)
    case "declaration", "declarations": marked = (.declaration, nil, count)
    case _: break
    }
  }

  mutating func addRow(_ text: Scalars, to box: Int, line: Int) {
    boxes[box].rows.append(Row(text: text, line: line, mark: text.isEmpty ? nil : takeMark(box)))
  }

  /// The mark of the next row, if it stands in the same box as the ones before.
  mutating func takeMark(_ box: Int?) -> Mark? {
    guard let (mark, owner, count) = marked, count > 0, owner == nil || owner == box else {
      marked = nil
      return nil
    }
    marked = (mark, box, count - 1)
    return mark
  }
}
