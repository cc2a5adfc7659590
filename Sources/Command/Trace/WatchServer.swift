package import BatonCore
import BatonDiagrams
package import BatonTraces
import Dispatch
import FlyingSocks
import Foundation
import Synchronization

/// Serves a page that follows a trace on the loopback interface, to whoever has the token.
package struct WatchServer: Sendable {
  /// 128 random bits, new in every process.
  private let token = (0..<4).map { _ in
    let digits = String(UInt32.random(in: 0 ... .max), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }.joined()
  package let port: UInt16
  /// Where the lines are left.
  package let feed = TraceFeed()
  private let title: String
  private let charts: [Outline]

  /// A page with these charts, which nobody sees yet.
  ///
  /// - Throws: EMFILE or ENFILE when there are too few descriptors to serve it.
  package init(port: UInt16, title: String, charts: [Outline]) throws(SystemError) {
    try DispatchDescriptors.open()
    self.port = port
    self.title = title
    self.charts = charts
  }

  /// Where a browser finds the page.
  package var address: String { "http://127.0.0.1:\(port)/?token=\(token)" }

  /// Serves until the process ends.
  ///
  /// - Parameter listening: Called once the port is ours; only then may the token be told.
  /// - Throws: Why it does not: a port that is not to be had, or no descriptor.
  package func run(listening: @Sendable () -> Void) async throws {
    do {
      let listener = try listen()
      defer { try? listener.close() }
      listening()
      try await admit(to: listener)
    } catch SocketError.failed(let call, let code, _) {
      throw WatchRefusal(description: "\(call.lowercased()): \(SystemError.text(code))")
    }
  }

  /// Serves again and again, a moment after each error, as a process that has run out of
  /// descriptors has some again; ends with the first error where the port was never its own.
  ///
  /// - Parameters:
  ///   - listening: Called once, when the port is ours.
  ///   - failed: Told of each error, and whether it was the end.
  package func keepServing(
    listening: @Sendable () -> Void, failed: @Sendable (any Error, Bool) -> Void
  ) async {
    let hasListened = Atomic(false)
    repeat {
      do {
        try await run {
          if !hasListened.exchange(true, ordering: .relaxed) { listening() }
        }
      } catch { failed(error, !hasListened.load(ordering: .relaxed)) }
      await withCheckedContinuation { goOn in
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(1)) { goOn.resume() }
      }
    } while hasListened.load(ordering: .relaxed)
  }

  private func listen() throws -> Socket {
    let socket = try Socket(domain: AF_INET, type: .stream)
    do {
      try socket.setFlags(.nonBlocking)
      try socket.setValue(true, for: .localAddressReuse)
      try socket.bind(to: .inet(ip4: "127.0.0.1", port: port))
    } catch {
      try? socket.close()
      throw error
    }
    try socket.listen()  // Closes it when it fails.
    return socket
  }

  /// Hears visitors until an error.
  private func admit(to listener: Socket) async throws {
    let count = VisitorCount()
    try await withThrowingDiscardingTaskGroup { group in
      while true {  // Ends with an error, or the task.
        guard let visitor = try accept(from: listener) else {
          try await SocketWait(listener.file.rawValue, for: .read, until: nil).wait()
          continue
        }
        guard count.enter() else {
          visitor.close()
          await Task.yield()
          continue
        }
        group.addTask {
          await serve(visitor)
          visitor.close()
          count.leave()
        }
      }
    }
  }

  /// The next visitor; nil when there is none yet.
  private func accept(from listener: Socket) throws -> Visitor? {
    do { return try Visitor(Socket(file: listener.accept().file)) } catch SocketError.blocked {
      return nil
    } catch SocketError.failed(_, ECONNABORTED, _) {
      return nil
    }
  }

  /// Who is gone or silent gets no answer.
  private func serve(_ visitor: Visitor) async {
    guard let request = try? await visitor.request() else { return }
    try? await visitor.send(Array(answer(to: request).utf8))
  }

  private func answer(to request: WatchRequest) -> String {
    guard request.method == "GET", ["/", "/trace"].contains(request.path) else {
      return Self.text("404 Not Found")
    }
    guard isAllowed(request) else { return Self.text("403 Forbidden") }
    guard request.path == "/trace" else {
      return Self.text("200 OK", type: "text/html; charset=utf-8", page)
    }
    let from = request.query["from"].flatMap(Int.init) ?? 0
    let part = feed.part(from: from)
    return Self.text(
      "200 OK", type: "application/x-ndjson; charset=utf-8", part.text,
      more: ["X-Next-Line: \(part.next)"])
  }

  private static func text(
    _ status: String, type: String = "text/plain", _ body: String = "", more: [String] = []
  ) -> String {
    let head = [
      "HTTP/1.1 \(status)", "Content-Type: \(type)", "Content-Length: \(body.utf8.count)",
      "Connection: close",
    ]
    return (head + more + ["", ""]).joined(separator: "\r\n") + body
  }

  private var page: String {
    var page = ChartPage(title: title, charts: charts)
    page.feed = "/trace?token=\(token)"
    return page.text()
  }

  /// The token, and a name of the host that no other site's page can have (DNS rebinding).
  private func isAllowed(_ request: WatchRequest) -> Bool {
    let hosts = ["127.0.0.1:\(port)", "localhost:\(port)"]
    guard hosts.contains(request.host) else { return false }
    return Self.isSame(Array((request.query["token"] ?? "").utf8), Array(token.utf8))
  }

  /// Takes as long whatever differs.
  static func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    guard one.count == other.count else { return false }
    return zip(one, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

/// Why a page is not served.
private struct WatchRefusal: Error, CustomStringConvertible {
  let description: String
}
