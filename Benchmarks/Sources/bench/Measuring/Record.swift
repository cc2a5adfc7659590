import Foundation

/// What a run has printed, for programs: `--json`.
final class Record: Encodable {
  /// One table with what stands above it.
  struct Section: Encodable {
    let heading: String
    /// What the cells of a row are; empty where no line says so.
    var columns: [String] = []
    var rows: [[Cell]] = []
    /// What was said beside the rows.
    var lines: [String] = []
  }

  enum Cell: Encodable {
    case number(Double)
    case text(String)

    init(_ text: String) { self = Double(text).map(Cell.number) ?? .text(text) }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .number(let number): try container.encode(number)
      case .text(let text): try container.encode(text)
      }
    }
  }

  private var sections: [Section] = []
  private(set) var missed: [String] = []

  func begin(_ heading: String) { sections.append(Section(heading: heading)) }

  func add(row columns: [String]) {
    if sections.isEmpty { begin("") }
    let last = sections.count - 1
    if columns.first == "" {
      sections[last].columns = columns
    } else {
      sections[last].rows.append(columns.map(Cell.init))
    }
  }

  func add(line: String) {
    if sections.isEmpty { begin("") }
    sections[sections.count - 1].lines.append(line)
  }

  func add(missed text: String) { missed.append(text) }

  /// The whole as JSON, keys in order.
  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try encoder.encode(self) + Data("\n".utf8)
  }
}
