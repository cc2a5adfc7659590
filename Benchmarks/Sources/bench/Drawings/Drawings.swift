import BatonCore
import BatonDiagrams
import BatonSCXML
import Foundation

/// How long charts take to be laid out, from a hundred states to two thousand, in seconds of the
/// processor: one thread works, so that they are those of the clock on a quiet machine.
enum Drawings {
  private struct Size {
    let states: Int
    /// Transitions of each state.
    let degree: Int
    /// Seconds at most, where there is a goal.
    let goal: Double?
  }

  private static let sizes = [
    Size(states: 120, degree: 2, goal: 2), Size(states: 120, degree: 8, goal: 2),
    Size(states: 250, degree: 2, goal: nil), Size(states: 500, degree: 2, goal: nil),
    Size(states: 1000, degree: 1, goal: 20), Size(states: 1000, degree: 2, goal: 20),
    Size(states: 2000, degree: 1, goal: nil),
  ]

  static func run(_ report: inout Report) throws {
    report.heading(
      "Drawings: seconds of the processor for an SVG picture, of flat charts and of nested ones")
    report.row(["states", "transitions", "flat", "nested"])
    for size in sizes {
      var row = ["\(size.states)", "\(size.states * size.degree)"]
      for isNested in [false, true] {
        var sketch = SketchedDocument(isNested: isNested)
        let text = sketch.text(states: size.states, degree: size.degree)
        let outline = try Outline(scxml: Data(text.utf8), file: "drawn.scxml")
        let begin = clock()
        let picture = outline.diagram(.svg)
        let seconds = Double(clock() - begin) / Double(CLOCKS_PER_SEC)
        if !picture.contains("s\(size.states - 1)") { report.miss("the last state is not drawn") }
        row.append(seconds.text(2))
        if let goal = size.goal {
          report.require("a chart of \(size.states) states", seconds, atMost: goal)
        }
      }
      report.row(row)
    }
  }
}
