import Testing

/// Finds function bodies by counting braces in masked code.
enum Functions {
  /// A function, initialiser or deinitialiser with a body.
  struct Function: Equatable {
    let name: String
    /// The line of its keyword, counted from 1.
    let line: Int
    /// From the line of its keyword to the line of its closing brace.
    let lines: Int
  }

  private struct Token {
    let text: String
    let line: Int
  }

  static func all(in code: [String]) -> [Function] {
    let tokens = tokens(of: code)
    return tokens.indices.compactMap { start in
      guard declares(tokens, at: start), let end = bodyEnd(tokens, from: start + 1) else {
        return nil
      }
      let keyword = tokens[start]
      let name = keyword.text == "func" ? tokens[start + 1].text : keyword.text
      return Function(name: name, line: keyword.line, lines: end - keyword.line + 1)
    }
  }

  /// Words, and every other visible character by itself.
  private static func tokens(of code: [String]) -> [Token] {
    var result: [Token] = []
    for (number, line) in code.enumerated() {
      var word = ""
      for character in line + " " {
        if character.isWordCharacter {
          word.append(character)
          continue
        }
        if !word.isEmpty { result.append(Token(text: word, line: number + 1)) }
        word = ""
        if character != " " { result.append(Token(text: String(character), line: number + 1)) }
      }
    }
    return result
  }

  /// `init` is also called: then a dot stands before it.
  private static func declares(_ tokens: [Token], at index: Int) -> Bool {
    switch tokens[index].text {
    case "func", "deinit": index + 1 < tokens.count
    case "init": index + 1 < tokens.count && (index == 0 || tokens[index - 1].text != ".")
    default: false
    }
  }

  /// The line of the closing brace; nil for a requirement, which has no body.
  private static func bodyEnd(_ tokens: [Token], from start: Int) -> Int? {
    let next: Set = ["func", "init", "deinit", "var", "let", "case", "subscript", "associatedtype"]
    var round = 0
    var braces = 0
    for token in tokens[start...] {
      if token.text == "(" || token.text == "[" { round += 1 }
      if token.text == ")" || token.text == "]" { round -= 1 }
      guard round == 0 || braces > 0 else { continue }
      if braces == 0, token.text == "}" || next.contains(token.text) { return nil }
      if token.text == "{" { braces += 1 }
      if token.text == "}" {
        braces -= 1
        if braces == 0 { return token.line }
      }
    }
    return nil
  }
}

@Suite(.timeLimit(.minutes(15))) struct FunctionTests {
  private func lengths(_ text: String) -> [String: Int] {
    let code = Source(path: "A.swift", text: text).code
    return Dictionary(uniqueKeysWithValues: Functions.all(in: code).map { ($0.name, $0.lines) })
  }

  @Test func `a body ends with its own brace`() {
    let text = """
      struct A {
        func a(_ work: () -> Void = { }) -> [Int] {
          if b { c() }
          let d = "}"  // }
        }
        init() { self.init(e: { 1 }) }
        deinit {
        }
      }
      """
    #expect(lengths(text) == ["a": 4, "init": 1, "deinit": 2])
  }

  @Test func `a requirement has no body`() {
    #expect(
      lengths("protocol A {\n  func a()\n  init()\n  func b() -> Int\n}\nlet c = {\n}") == [:])
  }

  @Test func `a function within a function is counted by itself and in the outer one`() {
    #expect(lengths("func a() {\n  func b() {\n  }\n}") == ["a": 4, "b": 2])
  }

  @Test func `a call of an initialiser is no declaration`() {
    #expect(lengths("let a = A.init()\nlet b = { 1 }") == [:])
  }
}
