/// Rewrites what the W3C's tests leave open for a data model: attributes and elements of their own
/// namespace become those of SCXML, in the expressions of a data model (statements about how a test
/// is made are in its Implementation Report Plan).
struct Conformance: Hashable, Sendable {
  static let namespace = "http://www.w3.org/2005/scxml-conformance"

  /// The data model that the tests are rewritten for: `mini` or `ecmascript`.
  let model: ModelName

  private var isECMAScript: Bool { model == .ecmascript }

  /// The document without names of the tests' namespace.
  func rewritten(_ element: Element) -> Element {
    var result = element.namespace == Self.namespace ? plain(element) : element
    for (name, value) in element.attributes where name.hasPrefix("{\(Self.namespace)}") {
      result.attributes[name] = nil
      let short = String(name.dropFirst(Self.namespace.count + 2))
      for (plain, text) in attribute(short, value, of: element.name) {
        result.attributes[plain] = text
      }
    }
    result.nodes = result.nodes.map { node in
      guard case .element(let child) = node else { return node }
      return Self.text(child).map { .text($0) } ?? .element(rewritten(child))
    }
    return result
  }

  /// Elements that stand for something else.
  private func plain(_ element: Element) -> Element {
    let first = element.attributes["id"] ?? element.attributes["id1"] ?? ""
    let second = element.attributes["id2"] ?? ""
    var result = element
    result.namespace = ""
    result.attributes = [:]
    func turn(_ name: String, _ attributes: [String: String]) {
      result.name = name
      result.attributes = attributes
    }
    switch element.name {
    case "pass", "fail": turn("final", ["id": element.name])
    case "incrementID":
      turn("assign", ["location": "Var\(first)", "expr": "Var\(first) + 1"])
    case "sumVars", "concatVars":
      turn("assign", ["location": "Var\(first)", "expr": "Var\(first) + Var\(second)"])
    case "extendArray":
      let longer = isECMAScript ? "Var\(first).concat([4])" : "Var\(first) + [4]"
      turn("assign", ["location": "Var\(first)", "expr": longer])
    case "contentFoo": turn("content", ["expr": "'foo'"])
    case "script":
      turn("script", [:])
      result.nodes = [.text("Var1 = 1")]
    case "sendToSender":
      turn(
        "send",
        [
          "event": element.attributes["name"] ?? "", "targetexpr": "_event.origin",
          "typeexpr": "_event.origintype",
        ])
    case _: break
    }
    return result
  }

  /// The text that an element of the tests stands for; nil when it is no text.
  static func text(_ element: Element) -> String? {
    guard element.namespace == namespace else { return nil }
    switch element.name {
    case "array123": return "[1, 2, 3]"
    case "someInlineVal": return "123"
    case _: return nil
    }
  }

  static func variable(_ number: some StringProtocol) -> String {
    number.first?.isNumber == true ? "Var\(number)" : String(number)
  }

  private func attribute(
    _ name: String, _ value: String, of element: String
  ) -> [(String, String)] {
    if isECMAScript {
      if let fixed = Self.fixedECMAScript[name] { return [fixed] }
      if let expression = Self.expressionsECMAScript[name] { return [expression(value)] }
    }
    if let expression = Self.expressions[name] { return [expression(value)] }
    if let fixed = Self.fixed[name] { return [fixed] }
    if let renamed = Self.renamed[name] { return [(renamed, Self.variable(value))] }
    return []
  }

  /// Attributes that name a variable.
  private static let renamed: [String: String] = [
    "id": "id", "location": "location", "name": "name", "item": "item", "index": "index",
    "arrayVar": "array", "arrayTextVar": "array", "idlocation": "idlocation",
    "namelist": "namelist", "varExpr": "expr", "varChildExpr": "expr", "eventExpr": "eventexpr",
    "targetVar": "targetexpr", "targetExpr": "targetexpr", "typeExpr": "typeexpr",
    "srcExpr": "srcexpr", "sendIDExpr": "sendidexpr", "delayFromVar": "delayexpr",
    "systemVarLocation": "location", "systemVarExpr": "expr",
  ]

  /// Attributes that mean the same whatever their value.
  private static let fixed: [String: (String, String)] = [
    "datamodel": ("datamodel", "mini"), "targetpass": ("target", "pass"),
    "targetfail": ("target", "fail"), "true": ("cond", "true"), "false": ("cond", "false"),
    "eventName": ("expr", "_event.name"), "eventType": ("expr", "_event.type"),
    "eventSendid": ("expr", "_event.sendid"), "eventRaw": ("expr", "_event"),
    "emptyEventData": ("cond", "!isBound(_event.data)"),
    "eventdataSomeVal": ("cond", "_event.data == 123"), "illegalExpr": ("expr", "!"),
    "nonBoolean": ("cond", "'neither'"), "invalidLocation": ("location", "nowhere.at.all"),
    "invalidNamelist": ("namelist", "nowhere"), "illegalItem": ("item", "'nothing'"),
    "illegalArray": ("expr", "7"), "illegalTarget": ("target", "!nobody"),
    "unreachableTarget": ("target", "#_scxml_nobody"), "invalidSendType": ("type", "27"),
    "invalidSendTypeExpr": ("expr", "27"), "invalidSessionID": ("expr", "'#_scxml_nobody'"),
    "scxmlEventIOLocation": ("expr", "_ioprocessors.scxml.location"),
    "scriptBadSrc": ("src", "file:nowhere.txt"),
    "eventFieldsAreBound": (
      "cond",
      ["name", "type", "sendid", "origin", "origintype", "invokeid", "data"]
        .map { "exists(_event.\($0))" }.joined(separator: " && ")
    ),
  ]

  /// Attributes whose value goes into an expression.
  private static let expressions: [String: @Sendable (String) -> (String, String)] = [
    "expr": { ("expr", $0) },
    "quoteExpr": { ("expr", "'\($0)'") },
    "delay": { ("delayexpr", "'\($0)s'") },
    "idVal": { ("cond", pair($0) { "\($0) == \($1)" }) },
    "namelistIdVal": { ("cond", pair($0) { "\($0) == \($1)" }) },
    "idSystemVarVal": { ("cond", pair($0) { "\($0) == \($1)" }) },
    "idQuoteVal": { ("cond", pair($0) { "\($0) == '\($1)'" }) },
    "eventvarVal": { ("cond", pair($0) { "_event.data.\($0) == \($1)" }) },
    "compareIDVal": { ("cond", $0.split(separator: "<").map(variable).joined(separator: " < ")) },
    "VarEqVar": { ("cond", $0.split(separator: " ").map(variable).joined(separator: " == ")) },
    "VarEqVarStruct": {
      ("cond", $0.split(separator: " ").map(variable).joined(separator: " == "))
    },
    "varPrefix": {
      let names = $0.split(separator: " ").map(variable)
      return ("cond", "startsWith(\(names.last ?? ""), \(names.first ?? ""))")
    },
    "isBound": { ("cond", "isBound(\(variable($0)))") },
    "noValue": { ("cond", "!isBound(\(variable($0)))") },
    "unboundVar": { ("cond", "!isBound(\(variable($0)))") },
    "systemVarIsBound": { ("cond", "isBound(\($0))") },
    "varNonexistentStruct": { ("expr", "\(variable($0)).nothing") },
    "eventField": { ("expr", "_event.\($0)") },
    "eventFieldHasNoValue": { ("cond", "!isBound(_event.\($0))") },
    "eventDataFieldValue": { ("expr", "_event.data.\($0)") },
    "eventDataParamValue": { ("expr", "_event.data.\($0)") },
    "eventDataNamelistValue": { ("expr", "_event.data.\(variable($0))") },
    "eventNameVal": { ("cond", "_event.name == '\($0)'") },
    "eventdataVal": { ("cond", "_event.data == \($0)") },
    "originTypeEq": { ("cond", "_event.origintype == '\($0)'") },
    "nameVarVal": { ("cond", "_name == '\($0)'") },
    "inState": { ("cond", "In('\($0)')") },
  ]

  /// `1=value`, the variable's number before the sign.
  private static func pair(_ text: String, _ body: (String, String) -> String) -> String {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    return body(variable(parts.first ?? ""), parts.count > 1 ? parts[1] : "")
  }
}
