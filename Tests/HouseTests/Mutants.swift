import Foundation
import Testing

/// A patch of Mutants: one line of a room, and the same line broken behind a switch.
///
/// They apply one after the other to one tree, which `make mutate` builds; each has to find its
/// lines exactly once, wherever they stand, so that it can land nowhere else.
struct Mutant {
  static let kinds: Set = [
    "bounds", "descriptors", "errno", "flags", "memory order", "order", "restart", "seals",
  ]
  static let countMin = 150

  /// The name of its file.
  let file: String
  /// What stands above the first `---`, by its name.
  let head: [String: String]
  /// The file that it changes, from the top of the repository.
  let path: String
  /// The lines before the change and after it.
  let old: [String]
  let new: [String]

  init(file: String, text: String) {
    self.file = file
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let top = lines.prefix { !$0.hasPrefix("--- ") }
    let pairs = top.map { $0.split(separator: ":", maxSplits: 1).map(String.init) }
    head = Dictionary(
      pairs.filter { $0.count == 2 }.map { ($0[0], $0[1].trimmingCharacters(in: .whitespaces)) },
      uniquingKeysWith: { first, _ in first })
    let rest = lines.dropFirst(top.count)
    path = rest.first.map { String($0.dropFirst("--- a/".count)) } ?? ""
    let hunk = rest.dropFirst(3)
    old = hunk.filter { $0.hasPrefix("-") || $0.hasPrefix(" ") }.map { String($0.dropFirst()) }
    new = hunk.filter { $0.hasPrefix("+") || $0.hasPrefix(" ") }.map { String($0.dropFirst()) }
  }

  /// The three digits at the beginning of its name.
  var number: String { String(file.prefix(3)) }

  /// What is wrong with the patch by itself.
  var mistakes: [String] {
    var found: [String] = []
    let switched = path.hasSuffix(".c") ? "MUTANT(" : "mutant("
    let changed = zip(old, new).filter { $0 != $1 }
    if Int(number) == nil || !file.dropFirst(3).hasPrefix("-") { found.append("has no number") }
    if head["Breaks"]?.hasSuffix(".") != true { found.append("does not say what it breaks") }
    if !Self.kinds.contains(head["Kind"] ?? "") { found.append("is of no kind") }
    if old.count != new.count || changed.count != 1 { found.append("changes more than one line") }
    if !changed.allSatisfy({ $1.contains("\(switched)\(Int(number) ?? 0))") }) {
      found.append("has the switch of another one")
    }
    let why = ["Equivalent", "Survives"].compactMap { head[$0] }
    if why.count > 1 || why.contains(where: { !$0.hasSuffix(".") || $0.count < 30 }) {
      found.append("is not explained")
    }
    return found
  }

  /// The lines of the file with the change in them, nil unless they are found exactly once.
  func applied(to lines: [String]) -> [String]? {
    guard !old.isEmpty, lines.count >= old.count else { return nil }
    let places = (0...lines.count - old.count).filter { place in
      lines[place..<place + old.count].elementsEqual(old)
    }
    guard places.count == 1, let place = places.first else { return nil }
    return Array(lines[..<place]) + new + Array(lines[(place + old.count)...])
  }

  /// All of them, in the order in which they are applied.
  static let all: [Mutant] = {
    let folder = Tree.root.appending(path: "Mutants")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".patch") }.sorted().compactMap { name in
      Repository.text("Mutants/\(name)").map { Mutant(file: name, text: $0) }
    }
  }()
}

@Suite(.timeLimit(.minutes(15))) struct MutantPatchTests {
  @Test func `there are enough of them, each with a number of its own`() {
    #expect(Mutant.all.count >= Mutant.countMin)
    #expect(Set(Mutant.all.map(\.number)).count == Mutant.all.count)
  }

  @Test func `each is one line with its switch, and says what it breaks`() {
    #expect(Mutant.all.flatMap { patch in patch.mistakes.map { "\(patch.file) \($0)" } } == [])
  }

  @Test func `all of them still apply, one after the other`() {
    var files: [String: [String]] = [:]
    var lost: [String] = []
    for mutant in Mutant.all {
      let lines = files[mutant.path] ?? Tree.read(mutant.path)?.lines ?? []
      files[mutant.path] = mutant.applied(to: lines)
      if files[mutant.path] == nil { lost.append(mutant.file) }
      files[mutant.path] = files[mutant.path] ?? lines
    }
    #expect(lost == [], "write these anew, or delete them where their line has no successor")
  }

  @Test func `whoever is said to kill one is there`() {
    let tests = Tree.code.filter { $0.path.hasPrefix("Tests/") }
    let killers = Set(Mutant.all.compactMap { $0.head["Killer"] })
    let lost = killers.filter { killer in
      // ^ROOM\.SUITE/
      let parts = killer.split { "^\\./".contains($0) }
      guard parts.count == 2 else { return true }
      return !tests.contains { source in
        source.path.hasPrefix("Tests/\(parts[0])/")
          && source.lines.contains { $0.contains("struct \(parts[1]) ") }
      }
    }
    #expect(lost.sorted() == [])
  }

  private static let sound = """
    Breaks: A limit is one higher.
    Kind: bounds
    --- a/Sources/Core/A.swift
    +++ b/Sources/Core/A.swift
    @@ -2 +2 @@
    -  a < b
    +  mutant(7) ? a <= b : a < b
    """

  @Test(arguments: [
    ("Breaks: A limit is one higher.", "Breaks: A limit"), ("Kind: bounds", "Kind: other"),
    ("mutant(7)", "mutant(8)"), ("-  a < b", "-  a < b\n-  c"), ("Kind: bounds", "Equivalent: No."),
  ])
  func `what is wrong with a patch is caught`(part: String, instead: String) {
    #expect(Mutant(file: "007-limit.patch", text: Self.sound).mistakes == [])
    let text = Self.sound.replacingOccurrences(of: part, with: instead)
    #expect(Mutant(file: "007-limit.patch", text: text).mistakes != [])
  }

  @Test(arguments: [["x"], ["  a < b", "  a < b"], ["  a <= b"], []])
  func `a line that is gone, or is there twice, is caught`(lines: [String]) {
    let mutant = Mutant(file: "007-limit.patch", text: Self.sound)
    #expect(mutant.applied(to: lines) == nil)
    #expect(mutant.applied(to: ["y", "  a < b"]) == ["y", "  mutant(7) ? a <= b : a < b"])
  }
}
