import BatonCore

/// A host's machine as bytes: the name of its chart, and what Core saves of it. The memory, which
/// are the addresses of functions, is left out.
///
///     "BTNC"  version  name  state
enum SavedChart {
  private static let magic: UInt32 = 0x434E_5442
  private static let version: UInt16 = 1

  /// Why bytes are no state of a machine.
  enum Problem: Error {
    case notAState
    case version(UInt16)
    case chart([UInt8])
    case state(SnapshotError)
  }

  static func bytes(
    _ machine: borrowing Machine<HostChart>, _ names: ChartNames, at now: UInt64
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(magic)
    writer.write(version)
    writer.write(UInt8(names.chart.utf8.count))
    writer.write(Array(names.chart.utf8))
    writer.write(machine.saved(at: now, memory: []))
    return writer.bytes
  }

  static func restore(
    _ bytes: borrowing RawSpan, _ machine: inout Machine<HostChart>, _ names: ChartNames,
    at now: UInt64, _ policy: TimerPolicy, isKnown: (HostEvent) -> Bool
  ) throws(Problem) {
    var cursor = ByteCursor()
    let version: UInt16
    var name: [UInt8] = []
    do throws(ByteCursor.Ended) {
      guard try cursor.word(bytes) == magic else { throw ByteCursor.Ended() }
      version = try cursor.half(bytes)
    } catch {
      throw .notAState
    }
    guard version == Self.version else { throw .version(version) }
    do throws(ByteCursor.Ended) {
      for _ in 0..<(try cursor.byte(bytes)) { name.append(try cursor.byte(bytes)) }
    } catch {
      throw .state(.malformed)
    }
    guard name == Array(names.chart.utf8) else { throw .chart(name) }
    do throws(SnapshotError) {
      try machine.restore(
        savedWithoutMemory: bytes.extracting(cursor.offset..<bytes.byteCount), at: now,
        timers: policy, isKnown: isKnown)
    } catch {
      throw .state(error)
    }
  }
}

extension SavedChart.Problem {
  /// What is wrong, with both values.
  func hindrance(_ chart: ChartHandle) -> Hindrance {
    let (here, there) = values(chart)
    return .refusal(
      Refusal(.mismatch, field: .state, subject: Name("machine"), here: here, there: there),
      text: text(chart).text)
  }

  private func values(_ chart: ChartHandle) -> (Refusal.Value, Refusal.Value) {
    switch self {
    case .version(let there): (.number(1), .number(UInt64(there)))
    case .chart(let there):
      (
        .name(Name(bytes: Array(chart.names.chart.utf8.prefix(Name.limit))) ?? Name()),
        .name(Name(bytes: Array(there.prefix(Name.limit))) ?? Name())
      )
    case .state(.definition(.count(of: _, let here, let there))):
      (.number(UInt64(here)), .number(UInt64(there)))
    case .notAState, .state: (.none, .none)
    }
  }

  private func text(_ chart: ChartHandle) -> Sentence {
    switch self {
    case .notAState, .state(.notASnapshot): "the bytes are no state of a machine"
    case .version(let there): "the bytes are of version \(there) of the format, and not of 1"
    case .chart(let there):
      "the bytes are of chart \(String(shown: Array(there))), and not of "
        + Sentence(chart.names.chart)
    case .state(.version(let here, let there)):
      "the bytes are of version \(there) of a machine's state, and not of \(here)"
    case .state(.malformed): "the bytes end too early, or hold a state that cannot be"
    case .state(.definition(let difference)):
      Sentence(difference.text(chart.names, chart.table.plan))
    case .state(.layout(let here, let there)):
      "the bytes have events of \(there) bytes, and not of \(here)"
    }
  }
}
