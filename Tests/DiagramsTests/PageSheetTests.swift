import BatonDiagrams
import Testing

@testable import BatonCore

/// What the drawings of a page with folded states have between them, read from its text.
@Suite(.timeLimit(.minutes(15))) struct PageSheetTests {
  /// A state of a drawing: its path, and whether it is folded, opened, outside or just there.
  struct Drawn: Hashable {
    let path: String
    let role: String
  }

  /// The states of each drawing of the page's only chart.
  static func sheets(of page: ChartPage) -> [[Drawn]] {
    page.text().split(separator: "<svg class=\"stm\"").dropFirst().map { picture in
      picture.matches(of: /<g class="state ([a-z ]+)" data-state="([^"]+)"/).map { match in
        let roles: Set = ["folded", "opened", "outside"]
        let role = match.1.split(separator: " ").last.map(String.init) ?? ""
        return Drawn(path: String(match.2), role: roles.contains(role) ? role : "")
      }
    }
  }

  static func path(_ outline: Outline, _ state: Int) -> String {
    let around = outline.states[state].parent.map { path(outline, $0) + "." } ?? ""
    return around + outline.states[state].name
  }

  static func page(_ outline: Outline, depth: Int? = 1, _ names: Set<String> = []) -> ChartPage {
    var page = ChartPage(title: "one", charts: [outline])
    page.depth = depth
    page.folded = names
    return page
  }

  /// So many groups in groups in groups, of three states.
  static func nested(_ levels: Int) -> Outline {
    var states: [Outline.State] = []
    func add(_ parent: Int?, _ name: String, _ level: Int) {
      for number in 0..<3 {
        let index = states.count
        states.append(.init(name: name + "\(number)", parent: parent, kind: .atomic))
        guard level < levels else { continue }
        states[index].kind = .compound
        states[index].initial = index + 1
        states[index].entry = ["enter \(name)\(number)"]
        add(index, name + "\(number)", level + 1)
      }
    }
    add(nil, "s", 1)
    let last = states.count - 1
    let lines = states.indices.map { index in
      Outline.Transition(
        source: index, trigger: .event("event\(index)"), guard: "guard\(index)",
        actions: ["action\(index)"], targets: [(index * 7 + 5) % last])
    }
    return Outline(name: "nested", initial: 0, states: states, transitions: lines)
  }

  @Test func `each state is at home in one drawing, and is opened in one if it is folded`() {
    var charts = [Sample.migration, Sample.nested, Sample.regions].map { Self.page($0) }
    charts += [Self.page(Self.nested(5), depth: nil), Self.page(Self.nested(4), depth: 2, ["s01"])]
    for page in charts {
      let outline = page.charts[0]
      let drawn = Self.sheets(of: page).flatMap(\.self)
      let home = drawn.filter { $0.role == "" || $0.role == "folded" }.map(\.path)
      #expect(home.sorted() == outline.states.indices.map { Self.path(outline, $0) }.sorted())
      let folded = drawn.filter { $0.role == "folded" }.map(\.path)
      #expect(folded.sorted() == drawn.filter { $0.role == "opened" }.map(\.path).sorted())
      #expect(folded.count == Self.sheets(of: page).count - 1)
    }
  }

  @Test func `all that a chart says is said, its actions once`() {
    let outline = Self.nested(5)
    let text = Self.page(outline, depth: nil).text().split(separator: "<script")[0]
    for index in outline.states.indices {
      let action = text.matches(of: try! Regex("/ action\(index)<")).count
      #expect(action == 1, "\(index)")
      let entry = outline.states[index].entry.first.map { $0 + "<" } ?? "event\(index)<"
      #expect(text.contains(entry.split(separator: " ").last!), "\(index)")
    }
  }

  @Test func `a small chart is one drawing, the same as ever, and a large one if it is wished`() {
    for outline in [Sample.migration, Sample.nested, Sample.regions] {
      let plain = ChartPage(title: "one", charts: [outline]).text()
      #expect(!plain.contains("class=\"inside\"") && !plain.contains("class=\"trail"))
      #expect(Self.page(outline, depth: .max).text() == plain)
      #expect(Self.page(outline, depth: nil, ["no such state"]).text() == plain)
    }
    let large = Self.nested(5)
    #expect(Self.sheets(of: Self.page(large, depth: .max)).map(\.count) == [large.states.count])
    let folded = Self.sheets(of: Self.page(large, depth: nil))
    #expect(folded.count > 1)
    #expect(folded.allSatisfy { $0.count { $0.role != "outside" } <= 41 })
  }

  @Test func `pages grow as charts do, many levels included`() {
    func size(_ levels: Int) -> Int { Self.page(Self.nested(levels), depth: nil).text().utf8.count }
    let sizes = (5...6).map(size)
    // A level more is three times the states.
    #expect(Double(sizes[1]) / Double(sizes[0]) < 4, "\(sizes)")
  }
}
