import Foundation
import Testing

/// What fuzzing has found and what it began with, replayed: `make fuzz` looks for more.
@Suite(.timeLimit(.minutes(10))) struct FuzzTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Fuzz").standardized

  private static func inputs(_ target: FuzzTarget) -> [URL] {
    ["Seeds", "Crashers"].flatMap { folder in
      let path = root.appending(path: "\(folder)/\(target.rawValue)")
      let names = (try? FileManager.default.contentsOfDirectory(atPath: path.path)) ?? []
      return names.sorted().map { path.appending(path: $0) }
    }
  }

  @Test(arguments: FuzzTarget.allCases)
  func `what was found is decoded, and so is half of it`(target: FuzzTarget) throws {
    let inputs = Self.inputs(target)
    #expect(!inputs.isEmpty, "\(target) has no seed")
    for input in inputs {
      let bytes = [UInt8](try Data(contentsOf: input))
      target.run(bytes)
      target.run(Array(bytes.prefix(bytes.count / 2)))
    }
    target.run([])
  }
}
