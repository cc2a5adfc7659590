import Foundation
import Testing

/// A release as CHANGELOG.md names it.
struct Release: CustomTestStringConvertible, Sendable {
  /// Its heading, such as "0.1.0".
  let version: String
  /// The commit that it was made of.
  let commit: String
  /// True when it speaks another protocol, and both sides say so.
  let isRefused: Bool

  /// Whether its control socket is older than QMP.
  var speaksLines: Bool { version.contains("0.1.0") }

  var testDescription: String { version }

  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The newest release, and every one that is refused; older ones that work are no promise.
  static let tried: [Release] = {
    let text =
      (try? String(contentsOf: root.appending(path: "CHANGELOG.md"), encoding: .utf8)) ?? ""
    let all = read(text)
    return Array(all.filter { !$0.isRefused }.prefix(1)) + all.filter(\.isRefused)
  }()

  /// The releases of a changelog, the newest first.
  static func read(_ text: String) -> [Release] {
    var version = ""
    var found: [Release] = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("## ") { version = String(line.dropFirst(3)) }
      guard line.hasPrefix("Commit: ") else { continue }
      let words = line.dropFirst("Commit: ".count)
      found.append(
        Release(
          version: version, commit: String(words.prefix { $0.isHexDigit }),
          isRefused: words.contains("refused by name")))
    }
    return found
  }

  /// Why releases cannot be tried in this clone; nil when they can.
  static let hindrance: String? = {
    for release in tried {
      let check = ["/usr/bin/git", "-C", root.path, "cat-file", "-e", release.commit + "^{commit}"]
      if !Program.runs(check) {
        return "this clone has no history: \(release.version), commit \(release.commit), is missing"
      }
    }
    return nil
  }()

  /// The path of its command, which is built if it has not been.
  func program() throws -> String {
    let script = Self.root.appending(path: "Scripts/release.sh").path
    let run = try Program.execute(["/bin/bash", script, commit])
    try #require(run.status == 0, "\(version) does not build: \(run.errors.suffix(2_000))")
    return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
