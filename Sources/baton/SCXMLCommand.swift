import ArgumentParser

/// `baton scxml`: documents of others on our kernel.
struct SCXMLCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scxml",
    abstract: "Runs SCXML documents.",
    subcommands: [SCXMLRunCommand.self, SCXMLTestCommand.self])
}
