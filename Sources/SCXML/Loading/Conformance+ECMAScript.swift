/// What is written otherwise in ECMAScript than in `mini`.
extension Conformance {
  static let fixedECMAScript: [String: (String, String)] = [
    "datamodel": ("datamodel", "ecmascript"),
    "emptyEventData": ("cond", "typeof _event.data === 'undefined'"),
    // Any expression of ECMAScript is true or false: one that is neither has no value.
    "illegalExpr": ("expr", "return"), "nonBoolean": ("cond", "return"),
    "illegalItem": ("item", "'continue'"),
    "eventFieldsAreBound": (
      "cond",
      ["name", "type", "sendid", "origin", "origintype", "invokeid", "data"]
        .map { "'\($0)' in _event" }.joined(separator: " && ")
    ),
  ]

  static let expressionsECMAScript: [String: @Sendable (String) -> (String, String)] = [
    "varPrefix": {
      let names = $0.split(separator: " ").map(variable)
      return ("cond", "\(names.last ?? "").indexOf(\(names.first ?? "")) === 0")
    },
    "isBound": { ("cond", "typeof \(variable($0)) !== 'undefined'") },
    "noValue": { ("cond", "typeof \(variable($0)) === 'undefined'") },
    "unboundVar": { ("cond", "typeof \(variable($0)) === 'undefined'") },
    "systemVarIsBound": { ("cond", "typeof \($0) !== 'undefined'") },
    "eventFieldHasNoValue": { ("cond", "typeof _event.\($0) === 'undefined'") },
  ]
}
