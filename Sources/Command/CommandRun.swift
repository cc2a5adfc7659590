package import ArgumentParser
import Foundation

/// A command from its arguments to the end of the process.
package enum CommandRun {
  /// Does what the arguments ask for; ends the process if that fails, or if not all has gone to
  /// standard output.
  package static func main<Root: ParsableCommand>(_ root: Root.Type, _ arguments: [String]?) {
    StandardOutput.begin()
    do {
      var command = try root.parseAsRoot(arguments)
      try command.run()
    } catch {
      end(root, error)
    }
    if !StandardOutput.tell() { exit(ExitCode.failure.rawValue) }
  }

  private static func end<Root: ParsableCommand>(_ root: Root.Type, _ error: any Error) -> Never {
    guard root.exitCode(for: error) == .success else {
      _ = StandardOutput.tell()
      root.exit(withError: error)
    }
    // A help, or the version.
    let text = root.fullMessage(for: error)
    if !text.isEmpty { StandardOutput.print(text) }
    exit(StandardOutput.tell() ? 0 : ExitCode.failure.rawValue)
  }
}
