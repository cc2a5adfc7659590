/// What the benchmarks are asked for.
struct Arguments {
  enum Part: String, CaseIterable {
    case dispatch, counts, large, explore, drawings, blackout, datapath
  }

  struct Mistake: Error {
    let text: String
  }

  static let usage = """
    usage: bench [PART...] [OPTION VALUE]...
      parts: dispatch, counts, large, explore, drawings, blackout, datapath; without any,
             all of them
      --baton PATH       the command (.build/release/baton)
      --json FILE        write what is printed there as well, as JSON
      --handovers COUNT  handovers for each number of queues (100)
      --queues LIST      numbers of queues (1,4,64,256)
      --rounds COUNT     turns of each contender of the datapath (5)
      --turns COUNT      turns of each dispatch (101)
    """

  private(set) var parts: [Part] = []
  private(set) var baton = ".build/release/baton"
  private(set) var json: String?
  private(set) var handovers = 100
  private(set) var queues = [1, 4, 64, 256]
  private(set) var turns = 101
  private(set) var rounds = 5

  init(_ words: [String]) throws(Mistake) {
    var words = words[...]
    while let word = words.popFirst() {
      if let part = Part(rawValue: word) {
        parts.append(part)
        continue
      }
      guard word.hasPrefix("--"), let value = words.popFirst() else {
        throw Mistake(text: "\(word) is no part and no option with a value")
      }
      switch word {
      case "--baton": baton = value
      case "--json": json = value
      case "--handovers": handovers = try Self.number(value)
      case "--rounds": rounds = try Self.number(value)
      case "--turns": turns = try Self.number(value)
      case "--queues":
        queues = []
        for part in value.split(separator: ",") { queues.append(try Self.number(String(part))) }
      default: throw Mistake(text: "\(word) is no option")
      }
    }
    if parts.isEmpty { parts = Part.allCases }
  }

  private static func number(_ text: String) throws(Mistake) -> Int {
    guard let number = Int(text), number > 0 else {
      throw Mistake(text: "\(text) is no number above 0")
    }
    return number
  }
}
