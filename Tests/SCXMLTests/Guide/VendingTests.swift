import BatonSCXML
import Foundation
import Testing

/// What the article on running a document promises, with the document that it shows.
@Suite(.timeLimit(.minutes(5))) struct VendingTests {
  @Test func `the document of the article runs as it says`() throws {
    let article = URL(filePath: #filePath).appending(
      path: "../../../../Sources/SCXML/BatonSCXML.docc/RunADocument.md")
    let text = try String(contentsOf: article.standardizedFileURL, encoding: .utf8)
    let document = try #require(
      text.split(separator: "```xml\n").last?.split(separator: "```").first)
    let file = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID()).scxml")
    try Data(document.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let result = try sell(file)
    #expect(result.log == ["paid: 2", "nobody chooses"])
    #expect(result.states == ["idle"])
    #expect(try Document(contentsOf: file).notes == [])
  }
}
