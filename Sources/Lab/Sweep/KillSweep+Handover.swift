extension KillSweep {
  /// One handover between two processes, and whether it has ended.
  ///
  /// A process that took part in an earlier one has said how that ended; such words do not count.
  struct Handover {
    let source: HostProcess
    let target: HostProcess
    private let saidBefore: [ObjectIdentifier: Int]

    /// A handover that is about to begin.
    init(_ source: HostProcess, _ target: HostProcess) {
      self.source = source
      self.target = target
      saidBefore = [
        ObjectIdentifier(source): source.control.statuses.count,
        ObjectIdentifier(target): target.control.statuses.count,
      ]
    }

    /// Whether both sides have said how it ended.
    var hasEnd: Bool { hasEnd(at: source) && hasEnd(at: target) }

    /// Whether one of its sides has.
    func hasEnd(at host: HostProcess) -> Bool {
      let said = host.control.statuses.dropFirst(saidBefore[ObjectIdentifier(host)] ?? 0)
      return ["completed", "failed", "cancelled"].contains(said.last)
    }
  }
}
