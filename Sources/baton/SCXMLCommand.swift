import ArgumentParser

/// `baton scxml`: documents of others on our kernel.
struct SCXMLCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scxml",
    abstract: "Runs and checks SCXML documents.",
    subcommands: [SCXMLRunCommand.self, SCXMLCheckCommand.self, SCXMLTestCommand.self])
}
