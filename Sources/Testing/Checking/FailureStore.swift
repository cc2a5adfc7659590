package import Foundation

/// Where failures are kept, a file each: the choices that failed, and the trace for people.
package struct FailureStore {
  package let folder: URL

  /// The folder of a test below `root`.
  package init(_ root: String, test: String) {
    folder = URL(filePath: root).appending(path: test)
  }

  /// The lists that failed earlier, by file name.
  package var lists: [(file: String, list: [UInt32])] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().compactMap { name in
      let path = folder.appending(path: name)
      guard let text = try? String(contentsOf: path, encoding: .utf8),
        let line = text.split(separator: "\n").first(where: { $0.hasPrefix("choices ") }),
        let list = CheckFailure.list(of: line.dropFirst("choices ".count))
      else { return nil }
      return (name, list)
    }
  }

  /// Keeps a failure; a folder that cannot be written costs the file, not the report.
  package func keep(_ failure: CheckFailure) {
    let name = String(failure.hash, radix: 16) + ".txt"
    let text =
      "\(failure.name)\nchoices \(CheckFailure.text(of: failure.list))\n\n"
      + failure.trace.joined(separator: "\n") + "\n"
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
  }
}
