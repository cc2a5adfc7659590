import Foundation

/// What a parser of XML has found, in words: by libxml2's numbers (xmlerror.h).
struct XMLMistake: Hashable {
  /// Numbers of what is only worth a word: a version of XML, the name of a namespace or of a
  /// language, a second declaration of an entity.
  private static let warnings: Set = [93, 97, 98, 99, 100, 102, 106, 107]

  let line: Int
  let text: String

  /// Numbers of what is found at the end of a document.
  private static let endings: Set = [5, 77]

  /// Nil for a warning.
  ///
  /// - Parameters:
  ///   - element: The innermost one that is open.
  ///   - lineCount: The last line of the document.
  init?(_ error: any Error, line: Int, inside element: Element?, lineCount: Int) {
    let code = (error as NSError).code
    guard !Self.warnings.contains(code) else { return nil }
    if let element, Self.endings.contains(code) {
      self.line = lineCount
      text = "the document ends inside of \(element.name), which begins on line \(element.line)"
      return
    }
    self.line = line
    text = Self.texts[code] ?? "the parser's error \(code) (libxml2, xmlerror.h)"
  }

  private static let texts: [Int: String] = [
    2: "there is no memory left for it", 4: "there is no element",
    5: "something stands behind the document's element",
    6: "a character's hexadecimal number is none", 7: "a character's number is none",
    8: "a character's number is that of none", 9: "a character is none of XML",
    22: "an entity's name has no semicolon behind it",
    23: "an entity's name has no semicolon behind it",
    26: "an entity is not defined",
    27: "an entity is not defined here, and files from outside are not read",
    28: "an entity is no text", 29: "an attribute has an entity from outside",
    31: "its encoding is not known", 32: "its encoding is not read",
    38: "< stands in an attribute's value, where &lt; means it",
    39: "an attribute's value has no quotes", 40: "an attribute's value has no quote at its end",
    41: "an attribute has no value", 42: "an attribute stands there twice",
    43: "a literal has no quotes", 44: "a literal has no quote at its end",
    45: "a comment has no end", 46: "a processing instruction has no beginning",
    47: "a processing instruction has no end", 56: "the declaration of XML has no beginning",
    57: "the declaration of XML has no end", 61: "the document type has no end",
    62: "]]> stands outside of CDATA", 63: "a CDATA section has no end",
    64: "a declaration of XML stands behind the beginning of the document",
    65: "white space is missing between two attributes or words",
    68: "a name is expected there: & and < as such are written &amp; and &lt;",
    73: "a tag has no > at its end", 74: "an end tag is expected there", 75: "an = is missing",
    76: "an end tag is another one than its start tag",
    77: "an element is not closed: the document ends inside of it",
    78: "standalone is neither yes nor no",
    80: "two hyphens stand in a comment", 81: "its encoding's name is none",
    85: "an entity holds half an element", 86: "something stands behind the document's element",
    87: "an entity has a character that is none", 89: "an entity holds itself, or grows too large",
    91: "the place of an entity is no URI", 92: "the place of an entity has a # in it",
    96: "its version of XML is missing", 108: "its version of XML is not known",
    103: "it stands alone, and needs what is declared elsewhere",
    104: "an entity cannot be read", 105: "a notation cannot be read",
    109: "its version of XML is another one",
    110: "a name is too long", 114: "an entity grows too large",
    200: "a namespace is none, or one that XML keeps for itself",
    201: "a prefix is not declared (xmlns:prefix=\"…\")",
    202: "a name has colons that mean nothing",
    203: "an attribute stands there twice", 204: "a prefix is declared as nothing",
    205: "a name has colons that mean nothing",
  ]
}
