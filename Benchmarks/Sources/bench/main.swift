import BatonCore
import Foundation

/// One contender and nothing else, for valgrind: run ENGINE CHART SEQUENCE EVENTS.
func runAlone(_ words: [String]) -> CInt {
  guard words.count == 4, let engine = Engine(rawValue: words[0]),
    let sequence = EventSequence(rawValue: words[2]), var left = Int(words[3])
  else { return 64 }
  let contender: any Contender
  if let subject = Subject(rawValue: words[1]) {
    contender = subject.contender(engine, sequence)
  } else if words[1] == Counts.wide, engine == .baton || engine == .traced {
    contender = Regions64Table(observer: engine == .traced ? Trace() : nil)
  } else {
    return 64
  }
  while left > 0 {
    let part = min(left, EventSequence.count)
    contender.drive(0..<part)
    left -= part
  }
  return 0
}

func runAll(_ words: [String]) -> CInt {
  if words.contains("--help") {
    print(Arguments.usage)
    return 0
  }
  let arguments: Arguments
  do { arguments = try Arguments(words) } catch {
    print("bench: \(error.text)\n\(Arguments.usage)")
    return 64
  }
  // Opened first: who cannot write need not measure.
  if let json = arguments.json, !FileManager.default.createFile(atPath: json, contents: nil) {
    print("bench: \(json): cannot be written")
    return 1
  }
  var report = Report()
  measure(arguments, &report)
  report.heading(report.missed.isEmpty ? "All goals reached." : "Goals missed:")
  for miss in report.missed { report.say("  \(miss)") }
  if let json = arguments.json {
    do { try report.record.json().write(to: URL(filePath: json)) } catch {
      print("bench: \(json): \(error)")
      return 1
    }
  }
  return report.missed.isEmpty ? 0 : 1
}

func measure(_ arguments: Arguments, _ report: inout Report) {
  do {
    for part in arguments.parts {
      switch part {
      case .dispatch: Dispatch(turns: arguments.turns).run(&report)
      case .counts: try Counts.run(&report)
      case .large: LargeTables.run(&report)
      case .explore: try Exploring.run(&report)
      case .drawings: try Drawings.run(&report)
      case .blackout:
        try Blackout(
          baton: arguments.baton, handovers: arguments.handovers, queues: arguments.queues
        ).run(&report)
      case .datapath: try Datapath(baton: arguments.baton, rounds: arguments.rounds).run(&report)
      }
    }
  } catch {
    report.miss("\(error)")
  }
}

let words = Array(CommandLine.arguments.dropFirst())
exit(words.first == "run" ? runAlone(Array(words.dropFirst())) : runAll(words))
