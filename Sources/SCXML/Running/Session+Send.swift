/// Events to sessions (SCXML 6.2 and C.1).
extension Session {
  /// The types of event processors (SCXML 6.2.5).
  static let sendTypes: Set = ["scxml", Event.processor]

  func send(_ element: SendElement) throws(ExpressionError) {
    let sendID = try name(element)
    do throws(ExpressionError) {
      try send(element, sendID)
    } catch {
      // The event of the error names the send (SCXML 5.10.1).
      guard sendID != nil else { throw error.placed(element.place) }
      fail(error.placed(element.place), sendID: sendID)
    }
  }

  /// The id that the document gives, or asks for in a variable.
  private func name(_ element: SendElement) throws(ExpressionError) -> String? {
    guard let location = element.idLocation else { return element.id }
    let made = "send\(processor.next())"
    try model.assign(location, .string(made))
    return made
  }

  private func send(_ element: SendElement, _ sendID: String?) throws(ExpressionError) {
    let type = try element.type.map { (text) throws(ExpressionError) in try string(text) }
    guard Self.sendTypes.contains(type ?? "scxml") else {
      throw ExpressionError("events of type \(type ?? "") cannot be sent")
    }
    var event = Event(
      try element.event.map { (text) throws(ExpressionError) in try string(text) } ?? "")
    event.data = try data(element.payload, sendID: sendID)
    event.sendID = sendID
    event.origin = "#_scxml_\(id)"
    event.originType = Event.processor
    let target = try element.target.map { (text) throws(ExpressionError) in try string(text) } ?? ""
    guard target.isEmpty || target.hasPrefix("#_") else {
      throw ExpressionError("\(target) is no target of an event")
    }
    let delay = try element.delay.map { (text) throws(ExpressionError) in
      try Self.nanoseconds(string(text))
    }
    if let delay, delay > 0 {
      // Targets that never exist are told at once, others when the time has come.
      try processor.delay(event, by: delay, to: target, from: self)
    } else {
      dispatch(event, to: target)
    }
  }

  /// Puts an event into the queue of its target.
  func dispatch(_ event: Event, to target: String) {
    guard !isEnded else { return }
    switch target {
    case "": send(event)
    case "#_internal":
      var event = event
      event.kind = .internal
      queue(event)
    case "#_parent":
      guard let parent, !parent.session.isEnded else { return miss(target, event) }
      give(event, to: parent.session)
    case _:
      guard let other = session(at: target) else { return miss(target, event) }
      give(event, to: other)
    }
  }

  /// Puts an event into the external queue of a session, by whatever name it was found. One that
  /// has cancelled this session takes none from it any more (SCXML 6.4).
  private func give(_ event: Event, to other: Session) {
    guard let parent, parent.session === other else { return other.send(event) }
    guard !isCancelled else { return }
    var event = event
    event.invokeID = parent.invokeID
    other.send(event)
  }

  private func session(at target: String) -> Session? {
    if target.hasPrefix("#_scxml_") { return processor.session(String(target.dropFirst(8))) }
    let name = ExactName(target.dropFirst(2))
    return invocations.first { ExactName($0.id) == name && !$0.session.isEnded }?.session
  }

  private func miss(_ target: String, _ event: Event) {
    var error = Event(
      "error.communication", kind: .platform, data: .string("\(target) cannot be reached"))
    error.sendID = event.sendID
    queue(error)
  }

  /// `1.5s`, `200ms` and the like (CSS 2, 4.3.9).
  static func nanoseconds(_ text: String) throws(ExpressionError) -> UInt64 {
    let (unit, scale): (String, Double) = text.hasSuffix("ms") ? ("ms", 1e6) : ("s", 1e9)
    guard text.hasSuffix(unit), let number = Double(text.dropLast(unit.count)), number >= 0,
      number.isFinite
    else { throw ExpressionError("\(text) is no delay, such as 1.5s or 200ms") }
    guard number * scale < 9e18 else {
      throw ExpressionError("a delay of \(text) is too long: up to 8999999999s are possible")
    }
    return UInt64(number * scale)
  }
}
