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

    /// A detail; see the properties.
    package init(event: Any?, memory: Any, delays: [(slot: Int, due: UInt64)]) {
      self.event = event
      self.memory = memory
      self.delays = delays
    }

    /// The event as it is written in the source, without the names of modules.
    public var payload: String? { event.map { Self.text($0) } }

    /// The fields of the memory in their order, each with its value as text.
    public var fields: [(name: String, value: String)] {
      Mirror(reflecting: memory).children.map { ($0.label ?? "", Self.text($0.value)) }
    }

    private static func text(_ value: Any) -> String {
      var text = String(describing: value)
      for name in ["BatonCore.", "BatonMig.", "BatonNet.", "BatonHost.", "Swift."] {
        text = without(name, text)
      }
      return text
    }

    /// The text without any `part`. The standard library's own search is that of its regular
    /// expressions, which a program of ours would have to carry.
    private static func without(_ part: String, _ text: String) -> String {
      let (part, text) = (Array(part.utf8), Array(text.utf8))
      var (kept, place): ([UInt8], Int) = ([], 0)
      while place < text.count {  // Each step goes on by one byte at least.
        if text[place...].starts(with: part) {
          place += part.count
        } else {
          kept.append(text[place])
          place += 1
        }
      }
      return String(decoding: kept, as: UTF8.self)
    }
  }

  @available(*, unavailable)
  extension RecordDetail: Sendable {}
#endif
