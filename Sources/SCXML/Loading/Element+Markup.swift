extension Element {
  /// What stands inside when it is text with elements in it, or several elements: all of it as it
  /// could be written. Nil for one element alone, and for text alone.
  var mixed: String? {
    let texts = nodes.compactMap { if case .text(let text) = $0 { text } else { nil } }
    let hasText = !texts.allSatisfy { $0.allSatisfy(\.isWhitespace) }
    guard children.count > 1 || (hasText && !children.isEmpty) else { return nil }
    return inside(as: namespace)
  }

  /// The text and the elements inside; the namespace is the one that needs no word there.
  private func inside(as around: String) -> String {
    nodes.map { node in
      switch node {
      case .text(let text): Self.escaped(text)
      case .element(let child): child.markup(as: around)
      }
    }.joined()
  }

  private func markup(as around: String) -> String {
    var head = name
    if namespace != around { head += " xmlns=\"\(Self.escaped(namespace))\"" }
    for (number, (key, value)) in attributes.sorted(by: { $0.key < $1.key }).enumerated() {
      head += " \(Self.attribute(key, "n\(number)"))=\"\(Self.escaped(value))\""
    }
    return nodes.isEmpty ? "<\(head)/>" : "<\(head)>\(inside(as: namespace))</\(name)>"
  }

  /// An attribute's name, behind the declaration of its namespace where it has one.
  private static func attribute(_ key: String, _ prefix: String) -> String {
    guard let end = key.lastIndex(of: "}") else { return key }
    let (space, name) = (key[..<end].dropFirst(), key[end...].dropFirst())
    if space == "xml" { return "xml:\(name)" }
    return "xmlns:\(prefix)=\"\(escaped(String(space)))\" \(prefix):\(name)"
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result += "&#\(scalar.value);"
      case _: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
