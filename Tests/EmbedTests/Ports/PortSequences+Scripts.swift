import BatonLab
import BatonTesting
import CBaton
import Foundation

/// Down scripts, which are run by the process that has the TAP last.
extension PortSequences {
  /// A script for ports of this process, which does what its name says; written once, since a file
  /// that is still open for writing anywhere cannot be run.
  private static let script: Result<String, any Error> = Result {
    let path = try Lab.makeFolder() + "/down"
    let text = """
      #!/bin/sh
      echo "${0##*/} $1" >> "${0%/*}/notes"
      echo "$1 goes"
      case "$0" in *.fails) exit 3 ;; esac
      """
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    guard chmod(path, 0o755) == 0 else { throw Wrong(what: "no script") }
    return path
  }

  /// Places a script of a port's own, which goes with the world's folder.
  func makeScript(_ wish: PortWish, for number: Int) throws -> String {
    let path = "\(folder)/down\(number)" + (wish.script == .fails ? ".fails" : "")
    // That of a port that was refused may be there.
    unlink(path)
    guard try symlink(Self.script.get(), path) == 0 else { throw Wrong(what: "no script") }
    return path
  }

  /// A port is closed that has to run its down script: it does, once, and is closed then.
  mutating func lower(_ number: Int, _ choices: Choices) throws {
    guard let port = ports[number] else { return }
    let (network, told) = (networks[port.network], port.told)
    try expect(baton_port_is_closed(port.handle), 0, "is closed while its down script runs")
    try expect(baton_port_destroy(port.handle), -2, "destroy while its down script runs")
    try expect(baton_device_destroy(port.handle), -2, "destroy a device, likewise")
    try expect(baton_port_close(port.handle), 0, "close it while its down script runs")
    if port.interface == .there, choices.chance(oneIn: 2, "another") {
      var other: OpaquePointer?
      let wish = PortWish(meeting: .calls, queues: port.wish.queues)
      try expect(
        ask(wish, network, port.loop, PortTold(), false, false, &other), -1,
        "take the TAP while the down script runs")
    }
    try turn("the end of a down script") { baton_port_is_closed(port.handle) == 1 }
    let isFailing = port.wish.script == .fails
    choices.sometimes("a down script runs", !isFailing)
    choices.sometimes("a down script fails", isFailing)
    choices.sometimes("a down script of another process's port runs", port.cameFromElsewhere)
    choices.sometimes("a down script runs for a lost interface", port.interface == .lost)
    guard told.lines == ["\(network.tap) goes"], told.warnedCount == (isFailing ? 1 : 0) else {
      throw Wrong(what: "it said \(told.lines), warned \(told.warnedCount)")
    }
    notes.append("\(told.script.split(separator: "/").last ?? "") \(network.tap)")
    ports[number]?.isOwed = false
  }

  /// Every script has run once that was to, and no other.
  func compareNotes() throws {
    if isOver { return }
    let text = (try? String(contentsOfFile: "\(folder)/notes", encoding: .utf8)) ?? ""
    guard text.split(separator: "\n").map(String.init) == notes else {
      throw Wrong(what: "scripts have run: \(text), and not \(notes)")
    }
  }

  static var scriptMarks: [String] {
    [
      "a down script runs", "a down script fails", "a port goes with its down script",
      "a down script of another process's port runs", "a down script runs for a lost interface",
    ]
  }
}
