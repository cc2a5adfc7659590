@testable import BatonCore

/// Numbers that look random and are the same in every run.
struct Chance: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state &* 0x2545_F491_4F6C_DD1D
  }

  /// A chart of up to twenty states, four levels and forty transitions.
  mutating func outline() -> Outline {
    var sketch = Sketch("Chance")
    let count = Int.random(in: 2...20, using: &self)
    for index in 0..<count {
      let parent =
        index > 0 && Int.random(in: 0..<2, using: &self) == 0
        ? Int.random(in: 0..<index, using: &self) : nil
      let isOpen = parent.map { depth(of: $0, in: sketch.outline) < 3 } ?? true
      let isFinal = parent.map { sketch.outline.states[$0].kind.isLeaf } ?? false
      sketch.state(
        name(index), in: isOpen && !isFinal ? parent.map(name) : nil,
        kind: kind(), entry: words("act"), ignored: words("event"))
    }
    for _ in 0..<Int.random(in: 0...2 * count, using: &self) {
      let source = Int.random(in: 0..<count, using: &self)
      guard !sketch.outline.states[source].kind.isLeaf else { continue }
      sketch.on(
        .event("event\(Int.random(in: 0..<9, using: &self))"), from: name(source),
        to: name(Int.random(in: 0..<count, using: &self)),
        when: Int.random(in: 0..<3, using: &self) == 0 ? "isAllowedByTheHost" : nil,
        do: words("action"), isInternal: Int.random(in: 0..<4, using: &self) == 0)
    }
    return sketch.outline
  }

  private mutating func kind() -> Outline.Kind {
    switch Int.random(in: 0..<24, using: &self) {
    case 0..<4: .final
    case 4..<7: .parallel
    case 7: .history(isDeep: true)
    case 8: .history(isDeep: false)
    case _: .atomic
    }
  }

  private func name(_ index: Int) -> String { "state\(index)" }

  private mutating func words(_ stem: String) -> [String] {
    (0..<Int.random(in: 0..<3, using: &self)).map { "\(stem)\($0)" }
  }

  private func depth(of state: Int, in outline: Outline) -> Int {
    var depth = 0
    var next = outline.states[state].parent
    while let parent = next {
      depth += 1
      next = outline.states[parent].parent
    }
    return depth
  }
}

extension Outline.Kind {
  /// Never has children or transitions with a trigger.
  fileprivate var isLeaf: Bool { self == .final || isHistory }
}
