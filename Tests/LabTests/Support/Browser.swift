import Foundation

/// Headless Chromium, where it is installed.
enum Browser {
  static let program: String? = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  static let missing = "chromium is not installed (Debian: chromium)"

  /// What a page is after a script ran in it.
  struct Result {
    /// What the script returned.
    let value: [String: Any]
    /// Errors of scripts, of the page's own as well.
    let errors: [String]
  }

  /// Opens a page and runs the body of a function in it, which returns an object.
  static func run(_ html: String, link: String = "", _ body: String) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let watch = """
      <script>window.problems = [];
      addEventListener('error', e => problems.push(e.message));
      console.error = (...words) => problems.push(words.join(' '));</script>
      """
    let probe = """
      <script>{ let value = {};
      try { value = (() => { \(body) })(); } catch (e) { problems.push(String(e)); }
      const note = document.createElement('pre'); note.id = 'verdict';
      note.textContent = btoa(unescape(encodeURIComponent(JSON.stringify({value, problems}))));
      document.body.append(note); }</script>
      """
    let page = html.replacingOccurrences(of: "<head>", with: "<head>\(watch)")
      .replacingOccurrences(of: "</body>", with: "\(probe)</body>")
    let file = folder.appending(path: "page.html")
    try Data(page.utf8).write(to: file)
    let text = try dump(file.absoluteString + link, folder, [])
    let parts = text.components(separatedBy: "<pre id=\"verdict\">")
    let coded = parts.count > 1 ? parts[1].components(separatedBy: "</pre>")[0] : ""
    let object = try JSONSerialization.jsonObject(with: Data(base64Encoded: coded) ?? Data())
    let verdict = object as? [String: Any] ?? [:]
    return Result(
      value: verdict["value"] as? [String: Any] ?? [:],
      errors: verdict["problems"] as? [String] ?? ["no verdict"])
  }

  /// The page's elements after it was loaded, as text.
  static func dump(_ address: String, _ folder: URL, _ more: [String]) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    process.arguments =
      [
        "--signal=KILL", "120", program ?? "",
        "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000",
        "--user-data-dir=\(folder.path)/profile", "--dump-dom",
      ] + more + [address]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}
