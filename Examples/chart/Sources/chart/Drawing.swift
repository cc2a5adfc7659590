// A chart with regions and history: runs it under a clock of its own, and draws it.
// Usage: chart FOLDER, which gets player.html (a page on which the run is replayed), player.svg and
// player.mmd (Mermaid).

import BatonCore
import BatonDiagrams
import Foundation

/// Performs what the chart wants; here it only notes it.
final class PlayerDriver: Driver<Player> {
  private(set) var performed: [Player.Effect] = []

  override func perform(_ effect: Player.Effect) { performed.append(effect) }
}

@main
enum Drawing {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else { return print("usage: chart FOLDER") }
    let table = try Table(Player.self)
    let trace = Trace()
    try run(table, trace)

    var page = ChartPage(title: "Player", charts: [table.outline])
    page.trace = trace.jsonLines
    let folder = URL(filePath: CommandLine.arguments[1])
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in [
      ("player.html", page.text()), ("player.svg", table.outline.diagram(.svg)),
      ("player.mmd", table.outline.diagram(.mermaid)),
    ] { try Data(text.utf8).write(to: folder.appending(path: name)) }
  }

  /// One evening with the player; a virtual clock stands still unless it is told to go on.
  private static func run(_ table: Table<Player>, _ trace: Trace) throws {
    let loop = VirtualLoop(kernel: Kernel())
    let player = PlayerDriver(
      loop, table, memory: .init(), number: trace.register(Legend(table)), observer: trace)
    player.start()
    for event in [.power, .play, .mute, .plug, .pause, .unplug] as [Player.Event] {
      let outcome = player.send(event)
      print("\(event): \(outcome.map { "\($0)" } ?? "later"), \(states(of: player))")
    }
    player.send(.stop)
    loop.advance(by: 60_000_000_000)
    print("a minute later: \(states(of: player)), \(player.performed.count) effects")
  }

  private static func states(of player: PlayerDriver) -> String {
    player.configuration.map(\.name).joined(separator: " ")
  }
}
