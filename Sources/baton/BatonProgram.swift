import ArgumentParser
import BatonCommand
import BatonCore

#if !Command
  #error("the command needs the trait of its name: swift build --traits Command (make does it)")
#endif

/// What `baton` without a subcommand says; each subcommand is a type of its own.
@main
struct BatonProgram: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baton",
    abstract: "Hands a running guest's network from one VMM process to the next, losing nothing.",
    version: "\(Baton.version)",
    subcommands: [
      DemoCommand.self, HostCommand.self, NetCommand.self, ChartsCommand.self, CheckCommand.self,
      SCXMLCommand.self, ReplayCommand.self, RelayCommand.self,
      TraceCommand.self, WatchCommand.self, ExploreCommand.self, PathsCommand.self,
      MutateCommand.self,
      SoakCommand.self, SendTapCommand.self,
    ])

  static func main() {
    ChartShelf.fill(ProjectShelf.entries, arrows: [ProjectShelf.handover])
    CommandRun.main(Self.self, nil)
  }
}
