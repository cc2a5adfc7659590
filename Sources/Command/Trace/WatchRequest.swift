/// What a browser asks a page for: the first line of a request of HTTP, and its host.
struct WatchRequest: Equatable {
  let method: String
  /// Without the query.
  let path: String
  /// The values by their names, as they stand there.
  let query: [String: String]
  /// What the page's host is called.
  let host: String

  /// Reads a request's head, without the empty line behind it; nil when it is none.
  init?(_ bytes: [UInt8]) {
    let lines = bytes.split(separator: 10).map { line in
      String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
    }
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return nil }
    method = String(words[0])
    let parts = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = String(parts[0])
    var query: [String: String] = [:]
    for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      query[String(sides[0])] = sides.count > 1 ? String(sides[1]) : ""
    }
    self.query = query
    let hosts = lines.dropFirst().compactMap { line -> Substring? in
      let sides = line.split(separator: ":", maxSplits: 1)
      return sides.count == 2 && sides[0].lowercased() == "host" ? sides[1] : nil
    }
    // Of two there is no saying which one counts.
    host = hosts.count == 1 ? hosts[0].filter { $0 != " " && $0 != "\t" } : ""
  }
}
