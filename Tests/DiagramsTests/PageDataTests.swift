import BatonCore
import BatonDiagrams
import Foundation
import Testing

/// What a page gives to its script, as another reader of JSON has it.
@Suite(.timeLimit(.minutes(15))) struct PageDataTests {
  /// The page's data.
  static func data(of page: ChartPage) throws -> [String: Any] {
    let text = page.text()
    let start = try #require(text.range(of: "id=\"data\">")).upperBound
    let end = try #require(text.range(of: "</script>", range: start..<text.endIndex)).lowerBound
    #expect(!text[start..<end].contains("<"))
    let object = try JSONSerialization.jsonObject(with: Data(text[start..<end].utf8))
    return try #require(object as? [String: Any])
  }

  @Test func `every name and number of a chart is there`() throws {
    for outline in [Sample.migration, Sample.nested, Sample.regions] {
      let charts = try Self.data(of: ChartPage(title: "one", charts: [outline]))["charts"]
      let chart = try #require((charts as? [[String: Any]])?.first)
      #expect(chart["name"] as? String == outline.name)
      #expect(chart["initial"] as? Int == outline.initial)
      let states = try #require(chart["states"] as? [[String: Any]])
      #expect(states.map { $0["name"] as? String } == outline.states.map(\.name))
      #expect(states.map { $0["parent"] as? Int } == outline.states.map { $0.parent ?? -1 })
      #expect(states.map { $0["initial"] as? Int } == outline.states.map { $0.initial ?? -1 })
      #expect(states.map { $0["entry"] as? [String] } == outline.states.map(\.entry))
      #expect(states.map { $0["exit"] as? [String] } == outline.states.map(\.exit))
      #expect(
        states.map { $0["compound"] as? Bool } == outline.states.map { $0.kind == .compound })
      let transitions = try #require(chart["transitions"] as? [[String: Any]])
      #expect(transitions.map { $0["source"] as? Int } == outline.transitions.map(\.source))
      #expect(transitions.map { $0["targets"] as? [Int] } == outline.transitions.map(\.targets))
      #expect(transitions.map { $0["actions"] as? [String] } == outline.transitions.map(\.actions))
      #expect(transitions.map { $0["internal"] as? Bool } == outline.transitions.map(\.isInternal))
    }
  }

  /// Texts around the edges of the grammar.
  static let texts = [
    "{}", " [1,2 , 3]\t", "\"a\\u00e9\\n<\"", "-0.5e+10", "true", "null", "{\"a\":{\"b\":[]}}", "0",
    "01", "1.", ".5", "+1", "1e", "-", "tru", "nul", "\"a", "\"\\x\"", "\"\\u12g4\"", "\"\t\"",
    "[1,]", "[,1]", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "[1 2]", "1 2", "[", "]",
    "{\"a\":1}}", "", " ", "\u{FEFF}1", "NaN", "'a'", "[1]x", "\"ä€𝄞\"", "\\",
  ]

  @Test(arguments: texts)
  func `a line that another reader refuses is left out, and no other`(line: String) throws {
    var page = ChartPage(title: "one", charts: [])
    page.trace = "{\"first\":1}\n\(line)\n{\"last\":1}"
    page.coverage = line
    page.feed = "a\"b\\c"
    let data = try Self.data(of: page)
    // Foundation takes a mark of the byte order and a comma behind the last value; browsers do not.
    let isValue =
      !["\u{FEFF}1", "[1,]", "{\"a\":1,}"].contains(line)
      && (try? JSONSerialization.jsonObject(with: Data(line.utf8), options: .fragmentsAllowed))
        != nil
    #expect((data["trace"] as? [Any])?.count == (isValue ? 3 : 2), "\(line)")
    #expect((data["coverage"] != nil) == isValue, "\(line)")
    #expect(data["feed"] as? String == "a\"b\\c")
  }

  @Test func `what lies too deep is left out`() throws {
    var page = ChartPage(title: "one", charts: [])
    page.trace = [100, 100_000].map {
      String(repeating: "[", count: $0) + String(repeating: "]", count: $0)
    }.joined(separator: "\n")
    #expect((try Self.data(of: page)["trace"] as? [Any])?.count == 1)
  }
}
