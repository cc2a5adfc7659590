import ArgumentParser
public import BatonCore

#if !ChartCommand && !Command
  #error("BatonCommand needs a trait: .package(…, traits: [\"ChartCommand\"])")
#endif

/// A command line for charts of one's own: they are drawn, checked, explored and broken by name,
/// and what they did is replayed and watched.
///
///     import BatonCommand
///
///     BatonCommand.main(charts: [Order.self, Refund.self, Lamp.self])
///
/// That is the whole `main.swift` of a program; `--help` says what it can do. A chart that is a
/// `TestedChart` is run with its code, any other is walked as its drawing is.
public enum BatonCommand: Sendable {
  /// Does what the arguments ask for, and ends the process if that fails.
  ///
  /// Exit status: 0, 1 when something does not hold, 2 when there is no chart to look at, and 64
  /// for arguments that are none (`EX_USAGE`). Two charts of one name are a mistake of the program,
  /// and trap.
  ///
  /// - Parameters:
  ///   - charts: What the commands know by name, in the order in which it is drawn.
  ///   - arguments: Those behind the program's name; those of the process when nil.
  public static func main(charts: [any Chart.Type], arguments: [String]? = nil) {
    ChartShelf.fill(charts.map { ChartEntry(of: $0) })
    CommandRun.main(RootCommand.self, arguments)
  }
}

/// What the program without a subcommand says.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: ChartShelf.programName,
    abstract: "Draws, checks, explores, breaks and replays the charts of this program.",
    version: "\(Baton.version)",
    subcommands: [
      ChartsCommand.self, CheckCommand.self, ExploreChartsCommand.self, MutateChartsCommand.self,
      PathsCommand.self, ReplayCommand.self, TraceCommand.self, WatchCommand.self,
    ])
}
