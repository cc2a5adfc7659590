package import BatonCore
import BatonDiagrams
package import BatonTraces
import FlyingFox
import FlyingSocks
import Foundation

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
  package func run(listening: @escaping @Sendable () -> Void) async throws {
    let server = HTTPServer(
      address: try .inet(ip4: "127.0.0.1", port: port),
      pool: VisitorPool(), logger: .disabled)
    await server.appendRoute("GET /") { request in
      guard isAllowed(request) else { return refusal }
      return HTTPResponse(
        statusCode: .ok, headers: [.contentType: "text/html; charset=utf-8"],
        body: Data(page.utf8))
    }
    await server.appendRoute("GET /trace") { request in
      guard isAllowed(request) else { return refusal }
      let from = request.query["from"].flatMap(Int.init) ?? 0
      return HTTPResponse(
        statusCode: .ok, headers: [.contentType: "application/x-ndjson; charset=utf-8"],
        body: Data(feed.lines(from: from).utf8))
    }
    // Whoever waits for that is not told of a port that is not to be had.
    let told = Task {
      try await server.waitUntilListening()
      listening()
    }
    defer { told.cancel() }
    do { try await server.run() } catch SocketError.failed(let call, let code, _) {
      throw WatchRefusal(description: "\(call.lowercased()): \(SystemError.text(code))")
    }
  }

  private var refusal: HTTPResponse { HTTPResponse(statusCode: .forbidden) }

  private var page: String {
    var page = ChartPage(title: title, charts: charts)
    page.feed = "/trace?token=\(token)"
    return page.text()
  }

  /// The token, and a name of the host that no other site's page can have (DNS rebinding).
  private func isAllowed(_ request: HTTPRequest) -> Bool {
    let host = request.headers[.host] ?? ""
    guard host == "127.0.0.1:\(port)" || host == "localhost:\(port)" else { return false }
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
