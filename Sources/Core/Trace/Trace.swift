/// Someone who wants every record while it happens.
public protocol TraceSink: AnyObject {
  /// Called once for each record, from inside the machine's step: return soon.
  func write(_ record: TransitionRecord)
  #if !hasFeature(Embedded)
    /// Called instead for a record with detail, when ``Trace/wantsDetail`` is set.
    func write(_ record: TransitionRecord, _ detail: RecordDetail)
  #endif
}

#if !hasFeature(Embedded)
  extension TraceSink {
    /// Most sinks do without the detail, and are called as without it.
    public func write(_ record: TransitionRecord, _ detail: RecordDetail) { write(record) }
  }
#endif

/// The last transition records of all machines of a process, in a ring of fixed size.
public final class Trace: Observer {
  // Half of what a record cost were checks that nobody uses one of these while another does.
  // Safe: only this class changes them, on one thread, and none is lent over a call of the sink's,
  // which is called last and may ask for the records.
  @safe @exclusivity(unchecked) private var ring: [TransitionRecord] = []
  @safe @exclusivity(unchecked) private var oldest = 0
  private let capacity: Int
  /// Gets every record as it happens; kept alive by the trace.
  // Safe: taken out and kept before it is called, and so may be replaced meanwhile.
  @safe @exclusivity(unchecked) public var sink: (any TraceSink)?
  /// How many records were overwritten since the trace was made.
  // Safe: as the ring.
  @safe @exclusivity(unchecked) public private(set) var overwritten: UInt64 = 0
  private var machines: UInt16 = 0
  // How many records came so far.
  // Safe: as the ring.
  @safe @exclusivity(unchecked) private var observedCount: UInt64 = 0
  // Machines that are gone, the first one first, with the number of records at their end.
  private var retired: [(number: UInt16, end: UInt64)] = []

  /// By number; they are given one after the other.
  private var legends: [Legend?] = []
  // The leaves of the record that comes next, and while its sink is called.
  // Safe: as the ring.
  @safe @exclusivity(unchecked) private var leaves: [UInt16] = []
  // Those of the records that are kept, as many a record as a machine of theirs had at most, and
  // behind them how many there are; empty while no machine has regions or history.
  // Safe: as the ring.
  @safe @exclusivity(unchecked) private var kept: [UInt16] = []
  @safe @exclusivity(unchecked) private var stride = 0
  #if !hasFeature(Embedded)
    /// Whether the sink gets the detail of each record: payload, memory, running delays.
    // Safe: a truth, read and written as a whole.
    @safe @exclusivity(unchecked) public var wantsDetail = false
    private var detail: RecordDetail?
    // Whether there is one, beside it, so that a record need not go and look.
    // Safe: as above.
    @safe @exclusivity(unchecked) private var hasDetail = false

    /// Keeps the detail of the record that comes next.
    public func described(_ detail: RecordDetail) {
      self.detail = detail
      hasDetail = true
    }
  #endif

  /// An empty trace.
  ///
  /// - Parameter capacity: How many records it keeps, at least one.
  public init(capacity: Int = 4096) {
    self.capacity = max(1, capacity)
    ring.reserveCapacity(self.capacity)
  }

  /// Keeps which leaves are active when the record that comes next has happened.
  public func configured(_ count: Int, _ leaf: (Int) -> UInt16) {
    leaves.removeAll(keepingCapacity: true)
    for place in 0..<count { leaves.append(leaf(place)) }
  }

  /// Keeps the record, in place of the oldest one when the ring is full.
  public func observed(_ record: TransitionRecord) {
    observedCount &+= 1
    var place = oldest
    if ring.count < capacity {
      place = ring.count
      ring.append(record)
    } else {
      ring[oldest] = record
      oldest = oldest + 1 == capacity ? 0 : oldest + 1
      overwritten &+= 1
    }
    if stride > 0 || !leaves.isEmpty { keepLeaves(at: place) }
    pass(record)
    if stride > 0 { leaves.removeAll(keepingCapacity: true) }
  }

  /// Makes room when a machine has more leaves than any before it.
  private func keepLeaves(at place: Int) {
    if leaves.count >= stride {
      let wide = leaves.count + 1
      var wider = [UInt16](repeating: 0, count: capacity * wide)
      for record in 0..<(stride > 0 ? ring.count : 0) {
        let count = Int(kept[record * stride + stride - 1])
        for leaf in 0..<count { wider[record * wide + leaf] = kept[record * stride + leaf] }
        wider[record * wide + wide - 1] = UInt16(count)
      }
      (kept, stride) = (wider, wide)
    }
    for (leaf, symbol) in leaves.enumerated() { kept[place * stride + leaf] = symbol }
    kept[place * stride + stride - 1] = UInt16(leaves.count)
  }

  /// The leaves of a record that is kept, by its place in the ring.
  private func leaves(at place: Int) -> [UInt16] {
    guard stride > 0 else { return [] }
    return Array(kept[place * stride..<place * stride + Int(kept[place * stride + stride - 1])])
  }

  private func pass(_ record: TransitionRecord) {
    #if !hasFeature(Embedded)
      if hasDetail, let detail {
        self.detail = nil
        hasDetail = false
        sink?.write(record, detail)
        return
      }
    #endif
    sink?.write(record)
  }

  /// The records that are kept, oldest first.
  public var records: [TransitionRecord] {
    (0..<ring.count).map { ring[(oldest + $0) % ring.count] }
  }

  /// A number for a machine that nothing else in this trace has.
  ///
  /// That of a machine that is gone (``retire(_:)``) is used again when the trace keeps no record
  /// of it. Where all 65 535 are in use, the longest gone one's is, and then the last.
  public func number() -> UInt16 {
    if let first = retired.first,
      machines == .max || observedCount &- first.end >= UInt64(capacity)
    {
      return retired.removeFirst().number
    }
    if machines < .max { machines += 1 }
    return machines
  }

  /// Takes back the number of a machine that is gone, so that a process may have any number of
  /// machines one after the other.
  public func retire(_ number: UInt16) {
    retired.append((number, observedCount))
  }

  /// A number for a machine, and the names behind its records.
  public func register(_ legend: Legend) -> UInt16 {
    let number = number()
    while legends.count <= number { legends.append(nil) }
    legends[Int(number)] = legend
    return number
  }

  /// The names behind the records of this machine.
  public func legend(of machine: UInt16) -> Legend? {
    machine < legends.count ? legends[Int(machine)] : nil
  }

  /// The record as one line of JSON, without the newline.
  ///
  /// `{"t_ns","machine","event","from","to","outcome","guards":{name:bool},"effects":[name]}`;
  /// `transition` is the transition's place in the chart, absent when none was taken. As Embedded
  /// Swift the names of charts that are written in Swift are `#` and their numbers. In a sink that
  /// writes the record it is given, `"configuration":[leaf]` names the leaves that are active
  /// afterwards, when the chart has regions or history.
  public func jsonLine(_ record: TransitionRecord) -> String { open(record, leaves) + "}" }

  #if !hasFeature(Embedded)
    /// The same with a detail, if there is one: `"payload"`, `"memory":{field:text}` after the step
    /// and `"timers":{delay:ns}` as well.
    public func jsonLine(_ record: TransitionRecord, _ detail: RecordDetail?) -> String {
      open(record, detail?.leaves ?? leaves)
        + (detail.map { detailed($0, legend(of: record.machine)) } ?? "") + "}"
    }
  #endif

  /// The line without its last bracket.
  private func open(_ record: TransitionRecord, _ leaves: [UInt16]) -> String {
    let legend = legend(of: record.machine)
    func name(_ names: [String]?, _ index: Int) -> String {
      guard let names, index < names.count else { return "#\(index)" }
      return names[index]
    }
    var line: Sentence = "{\"t_ns\":\(record.time)"
    line += ",\"machine\":\"\(legend?.machine ?? "#\(record.machine)")\""
    line += ",\"event\":\"\(name(legend?.triggers, Int(record.trigger)))\""
    line += ",\"from\":\"\(name(legend?.states, Int(record.from)))\""
    line += ",\"to\":\"\(name(legend?.states, Int(record.to)))\""
    line += Self.list("configuration", leaves.map { name(legend?.states, Int($0)) })
    line += ",\"outcome\":\"\(record.outcome.name)\""
    if let transition = record.transition { line += ",\"transition\":\(transition)" }
    var mark: Sentence = ",\"guards\":{"
    for place in 0..<64 where record.guardsAsked >> UInt64(place) & 1 == 1 {
      let answer: StaticString = record.guardsHeld >> UInt64(place) & 1 == 1 ? "true" : "false"
      line += "\(mark)\"\(name(legend?.guards, place))\":\(answer)"
      mark = ","
    }
    if record.guardsAsked != 0 { line += "}" }
    line += Self.list("effects", record.effectKinds.map { name(legend?.effects, Int($0)) })
    return line.text
  }

  /// A member of the line whose value is an array of names; nothing when there are none.
  private static func list(_ key: StaticString, _ names: [String]) -> Sentence {
    var list: Sentence = ""
    for name in names { list += list.text.isEmpty ? "\"\(name)\"" : ",\"\(name)\"" }
    return names.isEmpty ? "" : ",\"\(key)\":[\(list)]"
  }

  #if !hasFeature(Embedded)
    private func detailed(_ detail: RecordDetail, _ legend: Legend?) -> String {
      var line = ""
      if let payload = detail.payload { line += ",\"payload\":\"\(JSONText.escaped(payload))\"" }
      let fields = detail.fields.map {
        "\"\(JSONText.escaped($0.name))\":\"\(JSONText.escaped($0.value))\""
      }
      if !fields.isEmpty { line += ",\"memory\":{\(joined(fields, by: ","))}" }
      guard !detail.delays.isEmpty, let legend else { return line }
      let delays = detail.delays.map { slot, due in
        let name = legend.triggers.suffix(legend.delayCount)[
          legend.triggers.count - legend.delayCount + slot]
        return "\"\(name)\":\(due)"
      }
      return line + ",\"timers\":{\(joined(delays, by: ","))}"
    }
  #endif

  /// All kept records as JSON lines.
  public var jsonLines: String {
    let lines = (0..<ring.count).map {
      let place = (oldest + $0) % ring.count
      return open(ring[place], leaves(at: place)) + "}\n"
    }
    return joined(lines, by: "")
  }
}

@available(*, unavailable)
extension Trace: Sendable {}
