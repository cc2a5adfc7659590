/// Someone who wants every record while it happens.
public protocol TraceSink: AnyObject {
  /// Called once for each record.
  func write(_ record: TransitionRecord)
}

/// The last transition records of all machines of a process, in a ring of fixed size.
public final class Trace: Observer {
  private var ring: [TransitionRecord] = []
  private var oldest = 0
  private let capacity: Int
  /// Gets every record as it happens.
  public var sink: (any TraceSink)?
  /// How many records were overwritten.
  public private(set) var overwritten: UInt64 = 0
  private var machines: UInt16 = 0

  #if !hasFeature(Embedded)
    private var legends: [UInt16: Legend] = [:]
  #endif

  /// An empty trace.
  ///
  /// - Parameter capacity: How many records it keeps, at least one.
  public init(capacity: Int = 4096) {
    self.capacity = max(1, capacity)
    ring.reserveCapacity(self.capacity)
  }

  /// Keeps the record, in place of the oldest one when the ring is full.
  public func observed(_ record: TransitionRecord) {
    if ring.count < capacity {
      ring.append(record)
    } else {
      ring[oldest] = record
      oldest = (oldest + 1) % capacity
      overwritten += 1
    }
    sink?.write(record)
  }

  /// The records that are kept, oldest first.
  public var records: [TransitionRecord] {
    (0..<ring.count).map { ring[(oldest + $0) % ring.count] }
  }

  /// A number for a machine that nothing else in this trace has.
  public func number() -> UInt16 {
    machines += 1
    return machines
  }

  #if !hasFeature(Embedded)
    /// A number for a machine, and the names behind its records.
    public func register(_ legend: Legend) -> UInt16 {
      let number = number()
      legends[number] = legend
      return number
    }

    /// The names behind the records of this machine.
    public func legend(of machine: UInt16) -> Legend? { legends[machine] }

    /// The record as one line of JSON, without the newline.
    ///
    /// `{"t_ns","machine","event","from","to","outcome","guards":{name:bool},"effects":[name]}`;
    /// `transition` is the transition's place in the chart, absent when none was taken.
    public func jsonLine(_ record: TransitionRecord) -> String {
      let legend = legends[record.machine]
      func name(_ names: [String]?, _ index: Int) -> String {
        guard let names, index < names.count else { return "#\(index)" }
        return names[index]
      }
      var line = "{\"t_ns\":\(record.time)"
      line += ",\"machine\":\"\(legend?.machine ?? "#\(record.machine)")\""
      line += ",\"event\":\"\(name(legend?.triggers, Int(record.trigger)))\""
      line += ",\"from\":\"\(name(legend?.states, Int(record.from)))\""
      line += ",\"to\":\"\(name(legend?.states, Int(record.to)))\""
      line += ",\"outcome\":\"\(String(describing: record.outcome))\""
      if let transition = record.transition { line += ",\"transition\":\(transition)" }
      let guards = (0..<64).filter { record.guardsAsked >> UInt64($0) & 1 == 1 }.map {
        "\"\(name(legend?.guards, $0))\":\(record.guardsHeld >> UInt64($0) & 1 == 1)"
      }
      if !guards.isEmpty { line += ",\"guards\":{\(guards.joined(separator: ","))}" }
      let effects = record.effectKinds.map { "\"\(name(legend?.effects, Int($0)))\"" }
      if !effects.isEmpty { line += ",\"effects\":[\(effects.joined(separator: ","))]" }
      return line + "}"
    }

    /// All kept records as JSON lines.
    public var jsonLines: String { records.map { jsonLine($0) + "\n" }.joined() }
  #endif
}

@available(*, unavailable)
extension Trace: Sendable {}
