import BatonQMP
import Foundation
import Testing

/// JSON texts, of which one that is made to take long must not: who serves a guest reads them.
@Suite(.timeLimit(.minutes(15))) struct JSONTests {
  static let values: [(String, JSONValue, String)] = [
    ("null", .null, "null"), (" true ", true, "true"), ("false\n", false, "false"),
    ("0", 0, "0"), ("-0", 0, "0"), ("-12", -12, "-12"), ("1.0", 1, "1"), ("1e2", 100, "100"),
    ("9223372036854775808", .unsigned(1 << 63), "9223372036854775808"),
    ("18446744073709551616", .number(18_446_744_073_709_551_616), "1.8446744073709552e+19"),
    ("1.5", .number(1.5), "1.5"), ("-2.5E-1", .number(-0.25), "-0.25"),
    ("1e300", .number(1e300), "1e+300"), ("[]", [], "[]"), ("{}", [:], "{}"),
    ("[ 1 , [ 2 ] ]", [1, [2]], "[1,[2]]"),
    (#"{"b" : 1, "a":{"c":[]}}"#, ["b": 1, "a": ["c": []]], #"{"a":{"c":[]},"b":1}"#),
    (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t", #""a\"\\/\b\f\n\r\t""#),
    (#""\u00e9\u0000\uD83D\ude00é/""#, "é\0😀é/", #""é\u0000😀é/""#),
    (#""\u001f""#, "\u{1F}", #""\u001f""#),
  ]

  @Test(arguments: values)
  func `a text is a value, and a value a line`(text: String, value: JSONValue, line: String) {
    #expect(JSONValue(parsing: text.utf8) == value)
    #expect(value.line == line)
    #expect(JSONValue(parsing: value.line.utf8) == value)
  }

  static let nonsense = [
    "", " ", "nul", "nulla", "True", "01", "-", "+1", ".5", "1.", "1e", "1e999", "0x1", "[", "]",
    "[1", "[1,", "[,1]", "[1 2]", "{", "{}}", "{1:2}", #"{"a"}"#, #"{"a":}"#,
    #"{"a" 1}"#, #"""#, #""a"#, #""\"#, #""\x""#, #""\u12""#, #""\u12g4""#, "\"\n\"",
    #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#, "1 1", "[1]x", "'a'", "NaN", "Infinity",
  ]

  @Test(arguments: nonsense)
  func `what is no JSON is no value`(text: String) {
    #expect(JSONValue(parsing: text.utf8) == nil)
  }

  @Test func `bytes that are no UTF-8 are no string`() {
    for bytes in [[0xFF], [0xC3], [0xED, 0xA0, 0x80]] as [[UInt8]] {
      #expect(JSONValue(parsing: [0x22] + bytes + [0x22]) == nil)
    }
  }

  @Test func `a text nests deeper than a client may, and not without end`() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(JSONValue(parsing: nested(500).utf8)?.line == nested(500))
    #expect(JSONValue(parsing: nested(1025).utf8) == nil)
    #expect(JSONValue(parsing: String(repeating: "[", count: 1 << 20).utf8) == nil)
  }

  @Test(arguments: UInt64(0)..<200)
  func `Foundation reads and writes the same`(seed: UInt64) throws {
    var numbers = Numbers(state: seed)
    let value = Self.value(&numbers, depth: 4)
    let read = try JSONSerialization.jsonObject(
      with: Data(value.line.utf8), options: .fragmentsAllowed)
    let written = try JSONSerialization.data(withJSONObject: [read])
    #expect(JSONValue(parsing: written) == [value])
  }

  static let parts: [String] = {
    func nested(_ start: String, _ middle: String, _ end: String) -> String {
      String(repeating: start, count: 120) + middle + String(repeating: end, count: 120)
    }
    return [
      nested("[", "", "]"), nested(#"{"a":"#, "1", "}"), "[]", "{}", "1", "1e1", #""""#,
      #""\u00e9""#, "null", #"{"a":[]}"#, #""\\\"""#,
    ]
  }()

  /// Foundation's decoder needs seconds for some of them.
  @Test(arguments: parts)
  func `a whole message of anything is read and written at once`(part: String) throws {
    let count = (MessageConnection.messageMax - 64) / (part.utf8.count + 1)
    let id = [String](repeating: part, count: count).joined(separator: ",")
    let text = #"{"execute":"query-status","id":["# + id + "]}"
    var scanner = MessageScanner()
    let time = try ContinuousClock().measure {
      scanner.append(text.utf8)
      let isFound = scanner.find()
      #expect(isFound)
      guard case .text(let bytes) = scanner.take() else { throw CancellationError() }
      let request = try Request.read(bytes).get()
      #expect(Answer(.success([:]), id: request.id).value.line.utf8.count > count)
    }
    #expect(time < .seconds(2))
  }

  // MARK: Chance

  private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 16 ^ state << 32
    }
  }

  private static func value(_ numbers: inout Numbers, depth: Int) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &numbers) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &numbers))
    case 2: return .integer(Int64.random(in: .min ... .max, using: &numbers))
    case 3: return .number(Double.random(in: -1...1, using: &numbers))
    case 4: return .text(text(&numbers))
    case 5, 6: return .list(list(&numbers, depth))
    case _:
      return .object(Dictionary(list(&numbers, depth).map { (text(&numbers), $0) }) { $1 })
    }
  }

  private static func list(_ numbers: inout Numbers, _ depth: Int) -> [JSONValue] {
    let count = Int.random(in: 0..<5, using: &numbers)
    return (0..<count).map { _ in value(&numbers, depth: depth - 1) }
  }

  private static func text(_ numbers: inout Numbers) -> String {
    let scalars = (0..<Int.random(in: 0..<6, using: &numbers)).compactMap { _ in
      let width = UInt32.random(in: 0..<12, using: &numbers)
      return Unicode.Scalar(UInt32.random(in: 0..<0x11_0000, using: &numbers) >> width)
    }
    return String(String.UnicodeScalarView(scalars))
  }
}
