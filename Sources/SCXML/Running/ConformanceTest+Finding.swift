package import Foundation

/// Tests below a folder.
extension ConformanceTest {
  /// The tests in a folder and those below it, in order of their names with numbers as such.
  ///
  /// A document with a JSON file of its name is a vector. For others the nearest manifest counts,
  /// in their folder or above it; where there is none but vectors, documents are parts of these.
  ///
  /// - Throws: When there is no such folder.
  package static func all(in folder: URL) throws -> [ConformanceTest] {
    _ = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    var tests: [ConformanceTest] = []
    for (path, names) in documents(below: folder) {
      let place = path.isEmpty ? folder : folder.appending(path: path)
      let scripts = names.map { VectorScript.file(of: place.appending(path: $0)) }
      let kinds = try manifest(of: place, upTo: folder)
      let hasScripts = scripts.contains { $0 != nil }
      for (name, scriptFile) in zip(names, scripts) {
        var (script, broken): (VectorScript?, (URL, any Error)?)
        if let scriptFile {
          do { script = try VectorScript(contentsOf: scriptFile) } catch {
            broken = (scriptFile, error)
          }
        }
        let file = place.appending(path: name)
        let stem = file.deletingPathExtension().lastPathComponent
        let other: Kind = kinds == nil && !hasScripts ? .mandatory : .unlisted
        tests.append(
          ConformanceTest(
            file: file, name: path.isEmpty ? stem : "\(path)/\(stem)",
            kind: scriptFile != nil ? .mandatory : kinds?[stem] ?? other, script: script,
            broken: broken))
      }
    }
    return tests.sorted { $0.name.compare($1.name, options: .numeric) == .orderedAscending }
  }

  /// The names of documents, by the path of their folder.
  private static func documents(below folder: URL) -> [String: [String]] {
    let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    var names: [String: [String]] = [:]
    for path in paths ?? [] where path.hasSuffix(".txml") || path.hasSuffix(".scxml") {
      let parts = path.split(separator: "/").map(String.init)
      guard let name = parts.last, !parts.contains(where: { $0.hasPrefix(".") }) else { continue }
      names[parts.dropLast().joined(separator: "/"), default: []].append(name)
    }
    return names
  }

  /// What the nearest manifest says, by the name of the start document; nil when there is none.
  private static func manifest(of folder: URL, upTo top: URL) throws -> [String: Kind]? {
    var place = folder.standardizedFileURL
    let last = top.standardizedFileURL.deletingLastPathComponent()
    while true {  // Ends above the top folder: each turn goes up.
      let file = place.appending(path: "manifest.xml")
      if FileManager.default.fileExists(atPath: file.path) { return try kinds(in: file) }
      guard place.path != last.path, place.path != "/" else { return nil }
      place.deleteLastPathComponent()
    }
  }

  private static func kinds(in manifest: URL) throws -> [String: Kind] {
    let root = try ElementReader.read(try Data(contentsOf: manifest), file: manifest.path)
    var kinds: [String: Kind] = [:]
    for test in root.children("assert").flatMap({ $0.children("test") }) {
      let isManual = test.attributes["manual"] == "true"
      let isMandatory = test.attributes["conformance"] == "mandatory"
      for start in test.children("start") {
        let name = ((start.attributes["uri"] ?? "") as NSString).lastPathComponent
        let stem = (name as NSString).deletingPathExtension
        kinds[stem] = isManual ? .manual : isMandatory ? .mandatory : .optional
      }
    }
    return kinds
  }
}
