/// The rules of a picture inside a page: only for pictures, and dark where the page is.
extension SVG {
  static var scopedStyle: String {
    func scoped(_ rules: String, _ scope: String) -> String {
      rules.split(separator: "\n").map { line in
        guard let brace = line.firstIndex(of: "{") else { return String(line) }
        let selectors = line[..<brace].split(separator: ",").map { "\(scope) \($0)" }
        return selectors.joined(separator: ",") + line[brace...]
      }.joined(separator: "\n") + "\n"
    }
    return scoped(layoutRules, ".stm") + scoped(lightRules, ".stm")
      + "@media (prefers-color-scheme:dark){\n"
      + scoped(darkRules, ":root:not([data-theme=light]) .stm") + "}\n"
      + scoped(darkRules, ":root[data-theme=dark] .stm")
  }

  /// The picture without a style of its own, for a page.
  var picture: String {
    let lines = text().split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.firstIndex(where: { $0.hasPrefix("<style>") }),
      let last = lines.firstIndex(where: { $0.hasSuffix("</style>") })
    else { return text() }
    var kept = Array(lines[..<first]) + Array(lines[(last + 1)...])
    kept[0] = "<svg class=\"stm\"" + kept[0].dropFirst(4)
    return kept.joined(separator: "\n")
  }
}
