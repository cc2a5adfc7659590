import BatonTesting
import Foundation

/// What a walk found, for a terminal.
struct ExploreText {
  private let result: Exploration

  init(_ result: Exploration) { self.result = result }

  var text: String {
    var lines = [
      "\(result.states) states, \(result.transitions) transitions, depth \(result.depth)",
      String(
        format: "%.2f s, %.0f states/s, %.0f bytes/state", result.seconds, result.statesPerSecond,
        result.bytesPerState),
    ]
    for property in result.properties {
      lines.append("\(String(format: "%10d", property.states))  \(property.name)")
    }
    for violation in result.violations {
      lines.append("✗ \(violation.name), after \(violation.steps.count - 1) steps:")
      lines += violation.steps.map { step in
        "    \(step.process.isEmpty ? "" : step.process + " ")\(step.action): \(step.state)"
      }
      lines += ["", violation.diagram, ""]
    }
    if !result.isComplete { lines.append("given up at the limit: there are more states") }
    if result.violations.isEmpty {
      let isWhole = result.properties.contains { $0.name == Exploration.settles }
      lines.append(
        "✓ nothing is violated, and nothing is stuck"
          + (isWhole ? "" : "; circles were not looked for"))
    }
    return lines.joined(separator: "\n")
  }
}
