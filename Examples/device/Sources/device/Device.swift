// Moves a guest with a device of one's own: ten lines are written by one process, ten by the next.
// Usage: device FOLDER, which gets a log and a socket. It starts itself once more as the target.

import BatonCore
import BatonMig
import Foundation

@main
final class Device: MigrationWatcher {
  private let loop = EventLoop(kernel: Kernel())
  private let log = LogDevice()
  private var status = MigrationStatus.none

  /// Descriptors of devices travel only if both sides say so.
  private var parameters: MigrationParameters {
    var parameters = MigrationParameters()
    parameters.local = true
    return parameters
  }

  private func runSource(_ folder: String) throws {
    let target = try Self.startTarget("\(folder)/socket")
    let number = open("\(folder)/log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw CocoaError(.fileWriteNoPermission) }
    log.open(Descriptor(owning: number, in: loop.kernel))
    let clock = Clock(loop, log, who: "source", limit: .max)
    let migration = OutgoingMigration(
      loop, guest: clock, devices: [log], notifiers: NotifierList(), watcher: self)
    clock.start()
    while log.mutatingCalls < 10 { loop.runOnce() }
    try migration.migrate(to: MigrationAddress("unix:\(folder)/socket"), parameters)
    try runToEnd { migration.refusal }
    target.waitUntilExit()
    print(try String(contentsOfFile: "\(folder)/log", encoding: .utf8), terminator: "")
  }

  private func runTarget(_ socket: String) throws {
    let clock = Clock(loop, log, who: "target", limit: 10)
    let migration = IncomingMigration(
      loop, guest: clock, devices: [log], notifiers: NotifierList(), watcher: self)
    try migration.listen(at: MigrationAddress("unix:" + socket), parameters)
    FileHandle.standardOutput.write(Data("listening\n".utf8))
    try runToEnd { migration.refusal }
    while !clock.isDone { loop.runOnce() }
  }

  private func runToEnd(why: () -> Refusal?) throws {
    while ![.completed, .failed, .cancelled].contains(status) { loop.runOnce() }
    if status != .completed, let refusal = why() { throw refusal }
  }

  func migration(status: MigrationStatus) { self.status = status }
  func migration(warning: Refusal) { print("warning: \(warning)") }

  /// Starts this program again, and returns when it listens.
  private static func startTarget(_ socket: String) throws -> Process {
    let target = Process()
    target.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    target.arguments = ["target", socket]
    let output = Pipe()
    target.standardOutput = output
    try target.run()
    _ = output.fileHandleForReading.availableData
    return target
  }

  static func main() throws {
    let words = CommandLine.arguments
    switch (words.count, words.dropFirst().first) {
    case (3, "target"): try Device().runTarget(words[2])
    case (2, let folder?): try Device().runSource(folder)
    case (_, _): print("usage: device FOLDER")
    }
  }
}
