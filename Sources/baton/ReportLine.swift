import BatonSCXML

/// A line about what a processor reports.
enum ReportLine {
  /// - Parameter isTraced: False for nothing but log lines.
  static func text(
    _ report: Processor.Report, _ document: Document, isTraced: Bool
  ) -> String? {
    if case .log(_, let text) = report { return "log      \(text)" }
    guard isTraced else { return nil }
    switch report {
    case .log: return nil
    case .error(let session, let text): return "error    \(session) \(text)"
    case .event(let session, let event):
      let data = event.data == .unbound ? "" : " \(event.data)"
      return "event    \(session) \(event.kind) \(event.name)\(data)"
    case .taken(let session, let transition): return "taken    \(session) #\(transition)"
    case .exited(let session, let state): return "exited   \(session) \(state)"
    case .entered(let session, let state): return "entered  \(session) \(state)"
    case .ended(let session, let state): return "ended    \(session) \(state ?? "(cancelled)")"
    }
  }
}
