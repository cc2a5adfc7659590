import BatonHost
import BatonLab
import Testing

/// What is expected of a handover that cannot be.
extension Stage {
  /// Expects that a migration that was begun ends in `failed`, that the source says all of `words`
  /// and keeps the guest, and that probes go on.
  func expectRefusal(
    _ source: HostProcess, _ words: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try wait("the end of the migration", sourceLocation) {
      source.control.statuses.last.map(Self.isEnd) ?? false
    }
    #expect(source.control.statuses.last == "failed", sourceLocation: sourceLocation)
    let said = try error(source)
    #expect(words.allSatisfy { said.contains($0) }, "\(said)", sourceLocation: sourceLocation)
    try expectRunner(source, sourceLocation: sourceLocation)
    try expectFlow(sourceLocation: sourceLocation)
  }

  /// Expects that the target's side ended in `failed`, with all of `words`.
  func expectFailure(
    _ target: HostProcess, _ words: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try expectEnd("failed", of: target, sourceLocation: sourceLocation)
    let said = try error(target)
    #expect(words.allSatisfy { said.contains($0) }, "\(said)", sourceLocation: sourceLocation)
    #expect(try runState(target) == "inmigrate", sourceLocation: sourceLocation)
  }

  /// Expects that a command is refused, and answers with what words.
  func refusal(
    _ host: HostProcess, _ command: String, _ uri: String? = nil,
    arguments: [String: Any] = [:], sourceLocation: SourceLocation = #_sourceLocation
  ) -> String {
    do throws(ControlClient.Failure) {
      try host.control.call(command, uri.map { ["uri": $0] } ?? arguments)
    } catch {
      if case .refused(let words) = error { return words }
    }
    Issue.record("\(command) \(uri ?? "") is not refused", sourceLocation: sourceLocation)
    return ""
  }
}
