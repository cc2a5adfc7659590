import Foundation

/// The `baton` that was built beside the tests.
enum Program {
  static let path = folder + "/baton"

  private static let folder: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(filePath: tests).deletingLastPathComponent().path
  }()

  /// What a run to the end left.
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String

    /// The JSON object in the output.
    func json() throws -> [String: Any] {
      let object = try JSONSerialization.jsonObject(with: Data(output.utf8))
      return object as? [String: Any] ?? [:]
    }
  }

  /// Runs it to its end; `launcher` is a command that starts it.
  static func run(_ arguments: [String], launcher: [String] = []) throws -> Outcome {
    try execute(launcher + [path] + arguments)
  }

  /// Whether another command ends well.
  static func runs(_ command: [String], launcher: [String] = []) -> Bool {
    (try? execute(launcher + command))?.status == 0
  }

  /// Runs a script of the shell in a network namespace of its own; `$0` is the command.
  static func shell(_ script: String) throws -> String {
    try execute(["/usr/bin/unshare", "--net", "/bin/bash", "-c", script, path]).output
  }

  /// Runs a command, a path and its arguments, to its end.
  static func execute(_ command: [String]) throws -> Outcome {
    let folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    // Ends it when it hangs, and all that it started, so that the wait below has an end.
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    process.arguments = ["--signal=KILL", "600"] + command
    let outputs = try ["out", "err"].map { name in
      let file = folder.appending(path: name)
      try Data().write(to: file)
      return (file, try FileHandle(forWritingTo: file))
    }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = outputs[0].1
    process.standardError = outputs[1].1
    try process.run()
    process.waitUntilExit()
    let texts = try outputs.map { String(decoding: try Data(contentsOf: $0.0), as: UTF8.self) }
    return Outcome(status: process.terminationStatus, output: texts[0], errors: texts[1])
  }
}
