import BatonDiagrams
import BatonHost
import Dispatch
import FlyingFox
import FlyingSocks
import Foundation
import Logging
import Synchronization

/// Serves the page of a running host on the loopback interface, to whoever has the token.
struct WatchServer {
  /// 128 random bits, new in every process.
  let token = (0..<4).map { _ in
    let digits = String(UInt32.random(in: 0 ... .max), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }.joined()
  let port: UInt16
  let name: String
  let feed = TraceFeed()
  /// How long nobody is served after an error.
  private static let rest = DispatchTimeInterval.seconds(1)

  /// Where a browser finds the page.
  var address: String { "http://127.0.0.1:\(port)/?token=\(token)" }

  /// Serves until the process ends.
  ///
  /// - Parameter listening: Called once the port is ours; only then may the token be told.
  func run(listening: @escaping @Sendable () -> Void) async throws {
    let server = HTTPServer(
      address: try .inet(ip4: "127.0.0.1", port: port),
      pool: VisitorPool(HTTPServer.defaultPool()), logger: .disabled)
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
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      group.addTask {
        try await server.waitUntilListening()
        listening()
      }
      try await group.waitForAll()
    }
  }

  /// Serves beside the program, which goes on when it cannot; prints the address on standard error.
  ///
  /// - Returns: Where the program leaves its lines for the page.
  static func start(
    on port: UInt16, name: String, errors: BackgroundWriter, logger: Logger
  ) -> TraceFeed {
    let server = WatchServer(port: port, name: name)
    Task.detached {
      let hasListened = Atomic(false)
      repeat {  // Ends when the port is not ours, or the program ends.
        do {
          try await server.run {
            if !hasListened.exchange(true, ordering: .relaxed) {
              errors.write("watch \(server.address)\n")
            }
          }
        } catch {
          logger.error("--watch \(server.port) does not serve: \(error)")
        }
        // A process that has run out of descriptors has some again.
        await withCheckedContinuation { goOn in
          DispatchQueue.global().asyncAfter(deadline: .now() + Self.rest) { goOn.resume() }
        }
      } while hasListened.load(ordering: .relaxed)
    }
    return server.feed
  }

  private var refusal: HTTPResponse { HTTPResponse(statusCode: .forbidden) }

  private var page: String {
    var page = ChartPage(title: "Host \(name)", charts: ProjectCharts.outlines)
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
