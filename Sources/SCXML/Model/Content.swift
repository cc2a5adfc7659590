/// One piece of executable content (SCXML 4).
indirect enum Content: Hashable, Sendable {
  /// Puts an event into the internal queue.
  case raise(String)
  /// The first branch whose condition holds; nil for `else`.
  case branch([Branch])
  /// For each value of a list.
  case each(Loop)
  /// A line for whoever watches.
  case log(label: String, Code?)
  /// Another value for a variable.
  case assign(Code, Source)
  /// A script of the data model.
  case script(Code)
  /// An event to this or another session, at once or after a delay (SCXML 6.2).
  case send(SendElement)
  /// Takes back a delayed event.
  case cancel(Text)
  /// What cannot run, such as an element without what it needs: an error that says why.
  case refused(ExpressionError)

  struct Branch: Hashable, Sendable {
    let condition: Code?
    let contents: [Content]
  }

  struct Loop: Hashable, Sendable {
    let array: Code
    let item: Code
    let index: Code?
    let contents: [Content]
  }
}

/// Text that is written down or computed (`event` and `eventexpr`, and the like).
enum Text: Hashable, Sendable {
  case fixed(String)
  case computed(Code)
}

/// Where a value comes from.
enum Source: Hashable, Sendable {
  /// The attribute `expr`, evaluated when it is wanted.
  case code(Code)
  /// What stands inside the element: an element, or text.
  case element(Element)
  case text(String)
  /// A file, relative to the document.
  case file(String, Place)
  /// Nothing: the value is unbound.
  case nothing
}

/// A `param`: one name and value of what goes along with an event or an invocation (SCXML 5.7).
struct Parameter: Hashable, Sendable {
  let name: String
  let value: Code
  /// True for `location`, which `finalize` may write to.
  let isLocation: Bool
}

/// What goes along with an event: `content`, or names and values.
struct EventPayload: Hashable, Sendable {
  var namelist: [Code] = []
  var parameters: [Parameter] = []
  var content: Source?
}

/// A `send` (SCXML 6.2): of each pair such as `event` and `eventexpr` the one that is there.
struct SendElement: Hashable, Sendable {
  var event: Text?
  var target: Text?
  var type: Text?
  var delay: Text?
  var id: String?
  var idLocation: Code?
  var payload = EventPayload()
  /// Where it stands.
  var place: Place?
}

/// An `invoke` (SCXML 6.4): it starts when the macrostep that entered its state ends.
struct InvokeElement: Hashable, Sendable {
  var type: Text?
  var source: Text?
  var id: String?
  var idLocation: Code?
  var forwards = false
  /// Where it stands.
  var place: Place?
  var payload = EventPayload()
  /// Runs when an event comes from what was invoked; nil when there is none.
  var finalize: [Content]?
}

/// A `data` (SCXML 5.3): a variable, and where its first value comes from.
struct DataElement: Hashable, Sendable {
  let id: String
  let place: Place
  let source: Source
}
