import BatonCore
import Foundation
import Testing

@testable import BatonTesting

/// docs/TESTING-YOUR-CHART.md, as it is written: each block of code stands in Upload.swift, and
/// each output is what comes out.
@Suite(.timeLimit(.minutes(10))) struct GuideTests {
  static let guide = blocks(of: "docs/TESTING-YOUR-CHART.md")

  /// The indented blocks of a page.
  static func blocks(of page: String) -> [String] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
    guard let text = try? String(contentsOf: root.appending(path: page), encoding: .utf8) else {
      return []
    }
    var blocks: [[String]] = [[]]
    for line in text.components(separatedBy: "\n") {
      if line.hasPrefix("    ") {
        blocks[blocks.count - 1].append(String(line.dropFirst(4)))
      } else if line.isEmpty, blocks.last?.isEmpty == false {
        blocks[blocks.count - 1].append("")
      } else if !line.isEmpty {
        blocks.append([])
      }
    }
    return blocks.map { block in
      var block = block
      while block.last?.isEmpty == true { block.removeLast() }
      return block.joined(separator: "\n")
    }.filter { !$0.isEmpty }
  }

  private static var source: String {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Upload.swift")
    return (try? String(contentsOf: file, encoding: .utf8)) ?? ""
  }

  @Test func `the code of the guide is the code that is tested`() {
    let code = Self.guide.filter { $0.hasPrefix("enum ") || $0.hasPrefix("var ") }
    #expect(code.count == 2)
    for block in code { #expect(Self.source.contains(block)) }
  }

  @Test func `exploring finds what the guide says`() throws {
    let failure = try #require(throws: ChartFailure.self) { try uploadTest.explore() }
    #expect(Self.guide.contains(failure.description), "\(failure.description)")
  }

  @Test func `checking at random finds and shrinks it`() throws {
    let failure = try #require(throws: CheckFailure.self) {
      try uploadTest.check(options: .quiet)
    }
    #expect(Self.guide.contains(failure.description), "\(failure.description)")
  }

  /// The line that the guide tells to change: `do: .forget` behind *ok*.
  private var mended: ChartTest<Upload> {
    var plan = Upload.table.plan
    plan.transitions[1].actions = [UInt16(Upload.Action.forget.rawValue)]
    var test = uploadTest
    test.table = Table(plan)
    return test
  }

  @Test func `the mended chart passes, and the report is the guide's`() throws {
    let all = try mended.explore(requiresAll: true)
    try mended.check(requiring: all.coverage, options: .quiet)
    #expect(Self.guide.contains(all.coverage.report.summary), "\(all.coverage.report.summary)")
    let text = try mended.mutate().text
    #expect(Self.guide.contains(text), "\(text)")
  }
}

extension Upload {
  static let table = Table<Upload>.trusted()
}
