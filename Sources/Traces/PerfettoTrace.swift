public import Foundation

/// A trace as ui.perfetto.dev opens it: Chrome's trace event format, JSON.
///
/// A process for each instance and a track for each of its machines, with states as slices and
/// events as instants; arrows lead from one chart's state to another's where that is wanted.
public struct PerfettoTrace {
  /// From a state that a machine enters to one that another enters next.
  public struct Arrow: Sendable {
    let name: String
    let from: (chart: String, state: String)
    let to: (chart: String, state: String)

    /// An arrow with a name of its own, between states of two charts by their names.
    public init(
      _ name: String, from: (chart: String, state: String), to: (chart: String, state: String)
    ) {
      (self.name, self.from, self.to) = (name, from, to)
    }
  }

  private let lines: [TraceLine]
  private let arrows: [Arrow]

  /// A trace of these lines, which stand in order of time.
  public init(_ lines: [TraceLine], arrows: [Arrow] = []) {
    self.lines = lines
    self.arrows = arrows
  }

  private struct Track: Hashable {
    let process: Int
    let thread: Int
  }

  /// The whole file, as JSON in UTF-8.
  public func data() throws -> Data {
    var names: [String: Int] = [:]
    var tracks: [String: Track] = [:]
    var events: [[String: Any]] = []
    for machine in machines {
      let words = machine.split(separator: " ").map(String.init)
      let instance = words.count > 1 ? words[1] : "all"
      if names[instance] == nil {
        names[instance] = names.count + 1
        events.append(meta("process_name", names[instance] ?? 0, 0, instance))
      }
      let track = Track(process: names[instance] ?? 0, thread: tracks.count + 1)
      tracks[machine] = track
      events.append(meta("thread_name", track.process, track.thread, machine))
    }
    for machine in machines {
      guard let track = tracks[machine] else { continue }
      events += slices(lines.filter { $0.machine == machine }, track)
    }
    for arrow in arrows { events += drawn(arrow, tracks, after: events.count) }
    return try JSONSerialization.data(
      withJSONObject: ["traceEvents": events, "displayTimeUnit": "ns"], options: [.sortedKeys])
  }

  private var machines: [String] {
    var found: [String] = []
    for line in lines where !found.contains(line.machine) { found.append(line.machine) }
    return found
  }

  private func meta(_ name: String, _ process: Int, _ thread: Int, _ value: String) -> [String: Any]
  {
    ["ph": "M", "name": name, "pid": process, "tid": thread, "args": ["name": value]]
  }

  /// Microseconds from the first line.
  private func micros(_ time: UInt64) -> Double {
    Double(time - (lines.first?.time ?? time)) / 1000
  }

  private func slices(_ own: [TraceLine], _ track: Track) -> [[String: Any]] {
    var events: [[String: Any]] = []
    let end = micros(lines.last?.time ?? 0)
    for (place, line) in own.enumerated() {
      let start = micros(line.time)
      events.append([
        "ph": "i", "s": "t", "name": line.event, "ts": start, "pid": track.process,
        "tid": track.thread, "args": arguments(line),
      ])
      guard place == 0 || active(own[place - 1]) != active(line) else { continue }
      let next = own[(place + 1)...].first { active($0) != active(line) }
      events.append([
        "ph": "X", "name": active(line), "ts": start,
        "dur": (next.map { micros($0.time) } ?? end) - start,
        "pid": track.process, "tid": track.thread, "args": arguments(line),
      ])
    }
    return events
  }

  /// What is active behind a line: all leaves, where there are several.
  private func active(_ line: TraceLine) -> String {
    line.configuration?.joined(separator: ", ") ?? line.to
  }

  private func arguments(_ line: TraceLine) -> [String: Any] {
    var arguments: [String: Any] = ["outcome": line.outcome]
    if let payload = line.payload { arguments["payload"] = payload }
    if let effects = line.effects { arguments["effects"] = effects.joined(separator: ", ") }
    return arguments
  }

  private func drawn(_ arrow: Arrow, _ tracks: [String: Track], after count: Int)
    -> [[String: Any]]
  {
    var events: [[String: Any]] = []
    var open: TraceLine?
    for line in lines where line.from != line.to {
      if (line.chart, line.to) == arrow.from { open = line }
      guard (line.chart, line.to) == arrow.to, let start = open else { continue }
      for (line, phase) in [(start, "s"), (line, "f")] {
        guard let track = tracks[line.machine] else { continue }
        events.append([
          "ph": phase, "id": count + events.count / 2, "name": arrow.name, "cat": arrow.name,
          "bp": "e", "ts": micros(line.time), "pid": track.process, "tid": track.thread,
        ])
      }
      open = nil
    }
    return events
  }
}

@available(*, unavailable)
extension PerfettoTrace: Sendable {}
