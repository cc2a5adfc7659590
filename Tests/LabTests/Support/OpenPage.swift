import Foundation

/// A page in headless Chromium that gets real keys, wheels, clicks and fingers: its debugger is at
/// the other end of a pipe.
final class OpenPage {
  /// A window, and what its owner prefers.
  struct Screen: Sendable {
    var width = 1600
    var height = 1000
    /// A phone: fingers instead of a mouse.
    var isTouched = false
    var isDark = false

    static let phone = Screen(width: 360, height: 640, isTouched: true)
  }

  /// A place in the window.
  struct Place: Codable, Equatable {
    var x: Double
    var y: Double
  }

  /// Why a page did not answer.
  struct Refusal: Error, CustomStringConvertible {
    let description: String
  }

  /// What went wrong in the page's scripts.
  private(set) var errors: [String] = []
  private let folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
  private let process = Process()
  private let calls = Pipe()
  private let answers = Pipe()
  private var heard = Data()
  private var target: String?
  private var count = 0

  /// Opens a page; the browser is killed after two minutes, whatever happens.
  init(_ html: String, _ screen: Screen = Screen()) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "page.html")
    try Data(html.utf8).write(to: file)
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    process.arguments = [
      "--signal=KILL", "120", "/bin/sh", "-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh",
      Browser.program ?? "", "--headless", "--no-sandbox", "--disable-gpu",
      "--remote-debugging-pipe", "--user-data-dir=\(folder.path)/profile", "about:blank",
    ]
    process.standardInput = calls
    process.standardOutput = answers
    process.standardError = FileHandle.nullDevice
    try process.run()
    try attach()
    try set(screen)
    try call("Page.navigate", ["url": file.absoluteString])
    while try hear()["method"] as? String != "Page.loadEventFired" {}
  }

  /// Ends the browser.
  func close() {
    target = nil
    _ = try? call("Browser.close")
    while (try? hear()) != nil {}  // Ends with the browser, which `timeout` ends if nothing else.
    try? FileManager.default.removeItem(at: folder)
  }

  /// What a script says, or the promise that it returns.
  func value<Value: Decodable>(_ script: String, as type: Value.Type = Value.self) throws -> Value {
    let text = "(async () => JSON.stringify({value: await (\(script))}))()"
    let answer = try call(
      "Runtime.evaluate", ["expression": text, "awaitPromise": true, "returnByValue": true])
    guard let json = (answer["result"] as? [String: Any])?["value"] as? String else {
      throw Refusal(description: "\(script): \(answer)")
    }
    return try JSONDecoder().decode([String: Value].self, from: Data(json.utf8))["value"]!
  }

  func run(_ script: String) throws { let _: Int = try value("(() => { \(script); return 0 })()") }

  /// Ends when the page has drawn what was done before.
  func draw() throws {
    let frame = "requestAnimationFrame(() => requestAnimationFrame(() => done(0)))"
    let _: Int = try value("new Promise(done => \(frame))")
  }

  // MARK: What a user does

  private static let control = 2
  private static let shift = 8

  func wheel(_ distance: Int, at place: Place, withControl: Bool) throws {
    try call(
      "Input.dispatchMouseEvent",
      [
        "type": "mouseWheel", "x": place.x, "y": place.y, "deltaX": 0, "deltaY": distance,
        "modifiers": withControl ? Self.control : 0,
      ])
    try draw()
  }

  /// Presses the button at the first place and lets it go at the last.
  func drag(_ places: [Place]) throws {
    for (index, place) in places.enumerated() {
      try mouse(index == 0 ? "mousePressed" : "mouseMoved", place)
    }
    if let last = places.last { try mouse("mouseReleased", last) }
    try draw()
  }

  func click(_ place: Place) throws { try drag([place]) }

  private func mouse(_ type: String, _ place: Place) throws {
    try call(
      "Input.dispatchMouseEvent",
      [
        "type": type, "x": place.x, "y": place.y, "button": "left", "clickCount": 1,
        "buttons": type == "mouseReleased" ? 0 : 1,
      ])
  }

  /// Fingers go down at the first places, to each of the next, and up.
  func touch(_ steps: [[Place]]) throws {
    for (index, places) in steps.enumerated() {
      let points = places.enumerated().map { ["x": $1.x, "y": $1.y, "id": Double($0)] }
      try call(
        "Input.dispatchTouchEvent",
        ["type": index == 0 ? "touchStart" : "touchMove", "touchPoints": points])
    }
    try call("Input.dispatchTouchEvent", ["type": "touchEnd", "touchPoints": [[String: Double]]()])
    try draw()
  }

  func press(_ key: String, withShift: Bool = false) throws {
    var event: [String: Any] = ["key": key, "modifiers": withShift ? Self.shift : 0]
    if key.count == 1 { event["text"] = key }
    if key == "Enter" { event["text"] = "\r" }
    event["type"] = "keyDown"
    try call("Input.dispatchKeyEvent", event)
    event["type"] = "keyUp"
    event["text"] = nil
    try call("Input.dispatchKeyEvent", event)
    try draw()
  }

  func type(_ text: String) throws {
    try call("Input.insertText", ["text": text])
    try draw()
  }

  // MARK: The debugger

  private func attach() throws {
    let found = try call("Target.getTargets")["targetInfos"] as? [[String: Any]] ?? []
    let page = found.first { $0["type"] as? String == "page" }
    let answer = try call(
      "Target.attachToTarget", ["targetId": page?["targetId"] as? String ?? "", "flatten": true])
    target = answer["sessionId"] as? String
    try call("Page.enable")
    try call("Runtime.enable")
  }

  /// Another window, as when a phone is turned.
  func set(_ screen: Screen) throws {
    try call(
      "Emulation.setDeviceMetricsOverride",
      [
        "width": screen.width, "height": screen.height, "deviceScaleFactor": 1,
        "mobile": screen.isTouched,
      ])
    try call("Emulation.setTouchEmulationEnabled", ["enabled": screen.isTouched])
    let scheme = ["name": "prefers-color-scheme", "value": screen.isDark ? "dark" : "light"]
    try call("Emulation.setEmulatedMedia", ["features": [scheme]])
  }

  @discardableResult
  private func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
    count += 1
    var message: [String: Any] = ["id": count, "method": method, "params": parameters]
    message["sessionId"] = target
    let data = try JSONSerialization.data(withJSONObject: message)
    try calls.fileHandleForWriting.write(contentsOf: data + [0])
    while true {  // Ends with the answer, or the browser.
      let answer = try hear()
      guard answer["id"] as? Int == count else { continue }
      if let error = answer["error"] { throw Refusal(description: "\(method): \(error)") }
      return answer["result"] as? [String: Any] ?? [:]
    }
  }

  /// The next message.
  private func hear() throws -> [String: Any] {
    while !heard.contains(0) {
      let more = answers.fileHandleForReading.availableData
      guard !more.isEmpty else { throw Refusal(description: "the browser is gone") }
      heard.append(more)
    }
    let parts = heard.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    heard = parts.count > 1 ? Data(parts[1]) : Data()
    let message = try JSONSerialization.jsonObject(with: Data(parts[0])) as? [String: Any] ?? [:]
    if message["method"] as? String == "Runtime.exceptionThrown" {
      errors.append("\(message["params"] ?? "")")
    }
    return message
  }
}
