#if !hasFeature(Embedded)
  /// What a record of fixed size has no room for: copies of the values, from which text is made
  /// when somebody wants it, and not while the machine runs.
  public struct RecordDetail {
    /// The event with its payload; nil when none was handled.
    public let event: Any?
    /// The extended state after the microstep.
    public let memory: Any
    /// The delays that run, by the table's slot, and when they are due.
    public let delays: [(slot: Int, due: UInt64)]
    /// The active leaves of a chart with regions or history after the microstep, in document order,
    /// as raw values of states; empty for another chart, which has one.
    public let leaves: [UInt16]

    /// A detail; see the properties.
    package init(
      event: Any?, memory: Any, delays: [(slot: Int, due: UInt64)], leaves: [UInt16] = []
    ) {
      self.event = event
      self.memory = memory
      self.delays = delays
      self.leaves = leaves
    }

    /// The event as it is written in the source, without the names of modules.
    public var payload: String? { event.map { Self.text($0) } }

    /// The fields of the memory in their order, each with its value as text.
    public var fields: [(name: String, value: String)] {
      Mirror(reflecting: memory).children.map { ($0.label ?? "", Self.text($0.value)) }
    }

    private static func text(_ value: Any) -> String {
      let text = Array(String(describing: value).utf8)
      guard text.contains(dot) else { return String(decoding: text, as: UTF8.self) }
      // A name can only end where there is a dot. The standard library's own search is that of its
      // regular expressions, which every program of ours would have to carry.
      var kept: [UInt8] = []
      for byte in text {
        kept.append(byte)
        guard byte == dot, let name = modules.first(where: { kept.hasSuffix($0) }) else { continue }
        kept.removeLast(name.count)
      }
      return String(decoding: kept, as: UTF8.self)
    }

    private static let dot = UInt8(ascii: ".")
    private static let modules = ["BatonCore.", "BatonMig.", "BatonNet.", "BatonHost.", "Swift."]
      .map { Array($0.utf8) }
  }

  @available(*, unavailable)
  extension RecordDetail: Sendable {}

  extension [UInt8] {
    fileprivate func hasSuffix(_ suffix: [UInt8]) -> Bool {
      count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
    }
  }
#endif
