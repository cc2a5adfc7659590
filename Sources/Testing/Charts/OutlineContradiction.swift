import BatonCore

/// Why a chart cannot be walked: it says something of its states that cannot be.
package struct OutlineContradiction: Error, Hashable, Sendable, CustomStringConvertible {
  /// One sentence.
  package let description: String

  /// What the structure of an outline has found; its states are counted from 1 there.
  init(_ error: StructureError, in outline: Outline) {
    description = error.text { number in
      outline.states.indices.contains(number - 1) ? outline.states[number - 1].name : outline.name
    }
  }
}
