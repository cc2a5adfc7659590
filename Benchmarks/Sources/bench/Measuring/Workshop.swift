import Foundation

/// A folder for the time of a run, and the programs that are run in it.
final class Workshop {
  /// A program that could not be run or failed.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let folder: URL

  init() throws {
    folder = try FileManager.default.url(
      for: .itemReplacementDirectory, in: .userDomainMask,
      appropriateFor: URL(filePath: NSTemporaryDirectory()), create: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// A path in the folder.
  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// Where a program is, nil when it is not on the PATH.
  static func find(_ name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// The folder of this program.
  static func neighbour(_ name: String) throws -> String {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: own).deletingLastPathComponent().appending(path: name).path
  }

  /// Runs a program to its end; one that fails is an error with what it said last.
  ///
  /// - Returns: What it wrote to standard output and to standard error.
  func run(_ words: [String]) throws -> (output: Data, said: String) {
    let log = path("log")
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    guard let said = FileHandle(forWritingAtPath: log) else {
      throw Failure(description: "\(log) cannot be written")
    }
    let process = Process()
    process.executableURL = URL(filePath: words[0])
    process.arguments = Array(words.dropFirst())
    process.environment = ProcessInfo.processInfo.environment.merging([
      // Hash tables that are the same in every run, so that runs can be subtracted.
      "SWIFT_DETERMINISTIC_HASHING": "1", "LC_ALL": "C",
    ]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = said
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let text = try String(contentsOfFile: log, encoding: .utf8)
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let end = text.split(separator: "\n").suffix(8).joined(separator: "\n")
      throw Failure(description: "\(words.joined(separator: " ")) failed:\n\(end)")
    }
    return (data, text)
  }

  /// The number that a program says after some words; commas are passed over.
  func number(after words: String, _ command: [String]) throws -> Int {
    let said = try run(command).said
    let digits = said.components(separatedBy: words).last?.prefix { $0.isNumber || $0 == "," }
    guard said.contains(words), let number = digits.flatMap({ Int($0.filter(\.isNumber)) }) else {
      throw Failure(description: "\(command[0]) does not say \"\(words)\"")
    }
    return number
  }
}
