import Testing

/// A simulated kernel answers everything itself: what it left to `Kernel` would ask the real one
/// about numbers that are somebody else's there.
enum Simulated {
  static let kernel = "Sources/Core/System/"
  static let simulation = "Sources/Proof/Kernel/"
  /// Calls about the process that the simulation runs in, which no process of its machine makes.
  static let exceptions: Set = [
    "admitSignal", "fillStandardDescriptors", "ignoreSignal", "surviveShrinking",
  ]

  /// What subclasses of `Kernel` may answer and these files do not.
  static func missing(in sources: [Source]) -> [String] {
    let open = declared("open", in: sources.filter { $0.path.hasPrefix(kernel) })
    let answered = declared("override", in: sources.filter { $0.path.hasPrefix(simulation) })
    var left = answered
    // A name that stands twice has to be answered twice.
    return open.filter { name in
      if exceptions.contains(name) { return false }
      guard let place = left.firstIndex(of: name) else { return true }
      left.remove(at: place)
      return false
    }
  }

  /// The names of functions and properties that are declared with a keyword.
  private static func declared(_ keyword: String, in sources: [Source]) -> [String] {
    sources.flatMap(\.code).compactMap { line in
      let words = line.words
      guard words.contains(keyword),
        let place = words.firstIndex(where: { $0 == "func" || $0 == "var" }),
        place + 1 < words.count
      else { return nil }
      return String(words[place + 1])
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct SimulatedTests {
  @Test func `the simulated kernel leaves nothing to the real one`() {
    #expect(Tree.sources.contains { $0.path.hasPrefix(Simulated.simulation) })
    #expect(Simulated.missing(in: Tree.sources) == [])
  }

  @Test func `what is left to the real kernel is seen`() {
    let sources = [
      Source(
        path: "Sources/Core/System/Kernel.swift",
        text: "open class Kernel {\n  open func isOpen() {}\n  open var userID: Int { 0 }\n}\n"
          + "  open func ignoreSignal() {}\n  open func read(_ a: Int) {}\n"
          + "  open func read() {}\n"),
      Source(
        path: "Sources/Proof/Kernel/A.swift",
        text: "  public override func read(_ a: Int) {}\n  override var userID: Int { 1 }\n"),
    ]
    #expect(Simulated.missing(in: sources) == ["isOpen", "read"])
  }
}
