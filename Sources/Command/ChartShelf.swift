package import BatonCore
package import BatonTraces
import Synchronization

/// The charts that the commands of this process know by name; filled once, before they run.
package enum ChartShelf: Sendable {
  private struct Content {
    var entries: [ChartEntry] = []
    var arrows: [PerfettoTrace.Arrow] = []
  }

  private static let shelf = Mutex(Content())

  /// Puts the charts there, in place of those before.
  ///
  /// Two of one name would be one in every command: that is a mistake of the program, and traps.
  ///
  /// - Parameter arrows: What traces of these charts show between two of them.
  package static func fill(_ entries: [ChartEntry], arrows: [PerfettoTrace.Arrow] = []) {
    let names = entries.map(\.name)
    precondition(Set(names).count == names.count, "two charts have one name: \(names)")
    shelf.withLock { $0 = Content(entries: entries, arrows: arrows) }
  }

  package static var entries: [ChartEntry] { shelf.withLock { $0.entries } }

  package static var arrows: [PerfettoTrace.Arrow] { shelf.withLock { $0.arrows } }

  /// The charts with their types erased; those with mistakes have none.
  package static var outlines: [Outline] {
    entries.filter { $0.mistakes().isEmpty }.map { $0.outline() }
  }

  package static var names: [String] { entries.map(\.name) }

  /// The chart of a name; nil when there is none.
  package static func entry(_ name: String) -> ChartEntry? {
    entries.first { $0.name == name }
  }

  /// What the program was called as, without its folder.
  package static var programName: String {
    let path = CommandLine.arguments.first ?? ""
    return path.split(separator: "/").last.map(String.init) ?? path
  }
}
