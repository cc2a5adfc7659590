/// An element of an XML document, with the line on which it begins.
public struct Element: Hashable, Sendable {
  /// What stands inside an element, in order.
  public enum Node: Hashable, Sendable {
    /// An element inside this one; comments and processing instructions are not kept.
    case element(Element)
    /// Text between two elements, white space and CDATA included.
    case text(String)
  }

  /// The local name, without the prefix of its namespace.
  public var name: String
  /// The namespace; empty when there is none.
  public var namespace: String
  /// The attributes: those without a namespace by their name, others by `{namespace}name`.
  public var attributes: [String: String]
  /// Elements and text inside, in document order.
  public var nodes: [Node]
  /// Where it begins in its file, from 1.
  package var line: Int

  /// The elements among the nodes.
  var children: [Element] {
    nodes.compactMap { if case .element(let child) = $0 { child } else { nil } }
  }

  /// The children of this name.
  func children(_ name: String) -> [Element] { children.filter { $0.name == name } }

  /// The element with what is of other namespaces under names that nobody looks for, so that it is
  /// not taken for SCXML's; what has none is SCXML's too.
  func withoutForeign(as own: String) -> Element {
    var result = self
    result.nodes = nodes.map { node in
      guard case .element(var child) = node else { return node }
      guard child.namespace == own || child.namespace.isEmpty else {
        child.name = "{\(child.namespace)}\(child.name)"
        return .element(child)
      }
      return .element(Notes.opaque.contains(child.name) ? child : child.withoutForeign(as: own))
    }
    return result
  }

  /// The text inside, without that of children.
  var text: String {
    nodes.compactMap { if case .text(let text) = $0 { text } else { nil } }.joined()
  }

  /// Words of an attribute that holds several.
  func words(_ attribute: String) -> [String] {
    (attributes[attribute] ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
  }
}
