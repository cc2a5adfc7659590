import Testing

@testable import BatonCommand

/// What is read of a request of HTTP.
@Suite(.timeLimit(.minutes(10))) struct WatchRequestTests {
  @Test func `path, query and host are read`() throws {
    let text = "GET /trace?token=1a&from=7&x HTTP/1.1\r\nAccept: */*\r\nhOST: localhost:80 \r\n"
    let request = try #require(WatchRequest(Array(text.utf8)))
    #expect(request.method == "GET" && request.path == "/trace")
    #expect(request.query == ["token": "1a", "from": "7", "x": ""])
    #expect(request.host == "localhost:80")
  }

  @Test(arguments: [
    "", "\n", "GET / \n", "GET /\n", "GET / HTTP/2\n", "GET  a b HTTP/1.1\n", "\u{0}\n\n",
  ])
  func `what is no request is none`(text: String) {
    #expect(WatchRequest(Array(text.utf8)) == nil)
  }

  @Test(arguments: [
    "POST /? HTTP/1.0\n", "POST / HTTP/1.1\nHost\n", "POST / HTTP/1.1\r\nHost: a\r\nHost: a\r\n",
  ])
  func `a host that is not said, or twice, is none`(text: String) throws {
    let request = try #require(WatchRequest(Array(text.utf8)))
    #expect(request.method == "POST" && request.path == "/" && request.query == [:])
    #expect(request.host == "")
  }
}
