package import ArgumentParser
import BatonTraces
import Foundation

/// `replay`: a trace in the terminal, step by step.
package struct ReplayCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Shows a trace step by step.",
    discussion: """
      On a terminal it waits after each step: Enter goes on, a number goes to that step, b goes \
      back, q ends. Otherwise, or with --all, it prints every step.
      """)

  @Option(
    help: ArgumentHelp(
      "Only this machine, such as \"Door north\", or all of a chart, such as Door.",
      valueName: "name"))
  var machine: String?

  @Option(help: ArgumentHelp("Begin with this step, counted from 1.", valueName: "n"))
  var step = 1

  @Flag(help: "Print every step without waiting.")
  var all = false

  @Argument(help: "The trace.")
  var trace: String

  package init() {}

  package func run() throws {
    let every = try TraceFileArgument.read(trace).lines
    guard !every.isEmpty else { throw OutputFile.refusal(trace, "has no step") }
    let lines = every.filter { machine == nil || $0.machine == machine || $0.chart == machine }
    guard !lines.isEmpty else {
      let known = Set(every.map(\.machine)).sorted().joined(separator: ", ")
      throw ValidationError("no step of \(machine ?? "any machine"): there are \(known)")
    }
    guard 1...lines.count ~= step else {
      throw ValidationError("--step \(step) is not possible: 1 to \(lines.count) are")
    }
    let steps = Replay(lines: lines, steps: StepText(ChartShelf.outlines))
    if all || isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0 {
      for place in (step - 1)..<lines.count { StandardOutput.print(steps.text(place)) }
    } else {
      walk(steps, lines.count)
    }
  }

  private func walk(_ steps: Replay, _ count: Int) {
    var place = step - 1
    while true {  // Ends with q, or the end of the input.
      StandardOutput.print(steps.text(place))
      StandardOutput.print("[\(place + 1)/\(count)] ", terminator: "")
      guard let line = readLine() else { return }
      switch line {
      case "q": return
      case "b": place = max(0, place - 1)
      case "": place = min(count - 1, place + 1)
      case _: if let number = Int(line), 1...count ~= number { place = number - 1 }
      }
    }
  }
}

/// The steps of a trace by their places.
private struct Replay {
  let lines: [TraceLine]
  let steps: StepText

  func text(_ place: Int) -> String {
    let line = lines[place]
    let former = lines[..<place].last { $0.machine == line.machine && !$0.isOfOneStep(with: line) }
    return steps.text(line, place + 1, since: lines[0].time, after: former)
  }
}
