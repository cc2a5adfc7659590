import Foundation

/// Frames between a TAP and DPDK's testpmd: Baton against a bare back-end in C, in turns within one
/// run.
struct Datapath {
  /// How many frames a second of the bare back-end's are to pass, at the least.
  static let goal = 0.9
  /// Bytes of a frame: the shortest, and a full segment of TCP without its headers.
  static let sizes = [64, 1_442]
  private static let ways = ["send", "receive"]
  private static let secondsPerTurn = "0.5"

  /// The command `baton`.
  let baton: String
  /// Turns of each contender, way and size.
  let rounds: Int

  /// What one turn measured.
  private struct Turn {
    let framesPerSecond: Double
    /// The processor's, all of the back-end's: kernel and user.
    let nanosPerFrame: Double
  }

  private enum Contender: String, CaseIterable {
    case bare = "bare C"
    case ours = "Baton"
    case uring = "bare C, io_uring"
  }

  /// Prints frames a second and nanoseconds of the processor for each frame.
  func run(_ report: inout Report) throws {
    report.heading("Datapath; medians (p10–p90) of \(rounds) turns")
    let workshop = try Workshop()
    let floor = try Workshop.neighbour("floor")
    guard case .success = Result(catching: { try workshop.run(["Scripts/dpdk.sh", "fetch"]) })
    else {
      report.say("  left out: testpmd cannot be had (Scripts/dpdk.sh fetch says why)")
      return
    }
    report.row(["", "contender", "frames/s", "of the bare one's", "CPU ns/frame", "of its"])
    for way in Self.ways {
      for size in Self.sizes { try compare(way, size, workshop, floor, &report) }
    }
  }

  private func compare(
    _ way: String, _ size: Int, _ workshop: Workshop, _ floor: String, _ report: inout Report
  ) throws {
    var turns: [Contender: [Turn]] = [:]
    for _ in 0..<rounds {
      for contender in Contender.allCases {
        turns[contender, default: []].append(
          try measure(contender, way, size, workshop, floor))
      }
    }
    let bare = Medians(turns[.bare] ?? [])
    for contender in Contender.allCases {
      let own = Medians(turns[contender] ?? [])
      let share = own.rate.median / bare.rate.median
      report.row([
        "\(way) \(size)", contender.rawValue, text(own.rate), share.text(2), text(own.cost),
        (own.cost.median / bare.cost.median).text(2),
      ])
      if contender == .ours, share < Self.goal {
        report.miss("\(way), \(size) bytes: \(share.text(2)) of the bare back-end's frames")
      }
    }
  }

  private struct Medians {
    let rate: Spread
    let cost: Spread

    init(_ turns: [Turn]) {
      rate = Spread(turns.map(\.framesPerSecond))
      cost = Spread(turns.map(\.nanosPerFrame))
    }
  }

  private func measure(
    _ contender: Contender, _ way: String, _ size: Int, _ workshop: Workshop, _ floor: String
  ) throws -> Turn {
    let command =
      switch contender {
      case .bare: [floor, "net"]
      case .ours: [baton, "net"]
      case .uring: [floor, "uring"]
      }
    let line = try workshop.run(
      ["Scripts/datapath.sh", way, "\(size)", Self.secondsPerTurn, floor] + command
    ).output
    let numbers = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
      .compactMap { Double($0) }
    guard numbers.count == 3, numbers[0] > 0, numbers[2] > 0 else {
      throw Workshop.Failure(description: "no frame passed through \(contender.rawValue)")
    }
    return Turn(
      framesPerSecond: numbers[0] / numbers[2], nanosPerFrame: numbers[1] / numbers[0])
  }

  private func text(_ spread: Spread) -> String {
    "\(spread.median.text(0)) (\(spread.p10.text(0))–\(spread.p90.text(0)))"
  }
}
