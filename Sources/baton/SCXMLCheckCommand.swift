import ArgumentParser
import BatonCommand

/// `baton scxml check`: as `baton check`, and whatever the files are called they are SCXML.
struct SCXMLCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Looks for mistakes in documents.",
    discussion: CheckFiles.discussion)

  @Argument(help: "The documents.")
  var files: [String]

  func run() throws { try CheckFiles.run(files, as: .scxml) }
}
