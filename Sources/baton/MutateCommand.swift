import ArgumentParser
import BatonCommand
import BatonCore
import BatonProof
import BatonTesting

/// `baton mutate`: do the explorer's properties bite?
struct MutateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mutate",
    abstract: "Breaks the handover's charts in every way, and looks whether the explorer sees it.",
    discussion: """
      Each mutant is one change of the definition of a migration chart. One in which nothing that \
      can happen differs is proved equivalent, and left out of the score. Exit status 1 when a \
      mutant survives that --explained does not name.
      """)

  @OptionGroup var output: MutationOutput

  @Option(help: ArgumentHelp("Hunt every n-th mutant only.", valueName: "n"))
  var every = 1

  func validate() throws {
    guard every > 0 else { throw ValidationError("--every \(every) is not possible: 1 or more is") }
  }

  func run() throws {
    let files = try output.opened()
    var hunt = HandoverMutants()
    hunt.stride = every
    hunt.progress = { done, all in
      guard done % 50 == 0 else { return }
      Kernel().write("\(done) of \(all) mutants\n", to: 2)
    }
    let report = try hunt.run()
    guard !report.lines.isEmpty else {
      throw ChartChoice.refusal("mutate", "--every \(every) hunts none: there are fewer mutants", 1)
    }
    try files.tell(report)
  }
}
