import Foundation

/// A program of this machine that a test may use when it is there.
struct Tool: Sendable {
  private let file: URL

  static let dot = Tool(named: "dot")
  static let plantuml = Tool(named: "plantuml")
  static let swiftc = Tool(named: "swiftc")

  /// A program that a test has made.
  init(file: URL) { self.file = file }

  private init?(named name: String) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let files = folders.map { URL(filePath: String($0)).appending(path: name) }
    guard let file = files.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) })
    else { return nil }
    self.file = file
  }

  /// Runs the program to its end; what it prints is dropped.
  func run(_ arguments: [String], input: String) throws -> (status: Int32, errors: String) {
    let process = Process()
    let stdin = Pipe()
    let stderr = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    process.arguments = ["--signal=KILL", "120", file.path] + arguments
    process.standardInput = stdin
    process.standardOutput = FileHandle.nullDevice
    process.standardError = stderr
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try stdin.fileHandleForWriting.close()
    let errors = try stderr.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: errors, as: UTF8.self))
  }
}
