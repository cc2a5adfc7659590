public import BatonCore

/// What others ask of the TAP; the chart decides whether it can be.
extension Tap {
  /// Opens the TAP, or lets it wait for a migration that comes in.
  ///
  /// - Throws: The call that was refused; another try is legal.
  package func begin(_ arrival: TapChart.Arrival) throws(Refusal) {
    try command(.start(arrival, transfersBackends: policy.transfersBackends))
  }

  /// Opens it again when what is being handled is done; how that ended is told.
  package func beginSoon() {
    send(.start(.running, transfersBackends: policy.transfersBackends))
  }

  /// Closes it in whatever state it is; nothing is left to close of one that is closed.
  package func close() {
    if !isClosed { send(.close) }
  }

  // MARK: On the source

  /// Reads what the TAP is and records it.
  package func describe() throws(Refusal) -> TapProperties {
    try command(.describe)
    return memory.properties
  }

  /// The descriptors in the order of the queues, to be lent to a target; they stay open here.
  package func lend() -> [CInt] {
    send(.lend)
    return (0..<descriptors.count).map { descriptors[$0] }
  }

  /// What was lent was never touched, and is ours alone again.
  package func withdraw() { send(.withdraw) }

  /// Stops reading and writing; frames wait in the kernel and in the guest's ring.
  package func quiesce() throws(Refusal) { try command(.quiesce) }

  /// The guest is offered to the target, and the duty to run the down script with it.
  package func handOver() { send(.give) }

  /// Puts back what differs from the record, and lets frames flow again.
  ///
  /// - Returns: How many settings were put back.
  @discardableResult
  package func restore() throws(Refusal) -> UInt32 {
    let before = memory.putBack
    try command(.restore)
    return memory.putBack - before
  }

  /// Lets go of the descriptors without touching the device.
  package func release() { send(.release) }

  // MARK: On the target

  /// Compares the source's TAP with what is expected here, and keeps its descriptors if any came.
  ///
  /// - Throws: The first difference; nothing was changed and the descriptors are closed.
  package func consider(
    _ offer: TapProperties, _ descriptors: consuming Descriptors, isOwed: Bool = false
  ) throws(Refusal) {
    let count = descriptors.count
    received.append(contentsOf: descriptors)
    defer { received = Descriptors(in: kernel) }
    try command(
      .offered(TapOffer(properties: offer, descriptorCount: count, isOwed: isOwed)))
  }

  /// Keeps the source's last word.
  package func load(_ saved: TapProperties) throws(Refusal) { try command(.load(saved)) }

  /// Sets what the source had last and the kernel has not.
  package func take() throws(Refusal) { try command(.take) }

  /// Reads and writes from here on, frames first that waited.
  package func resume() throws(Refusal) { try command(.resume) }

  /// Closes the descriptors that were received, and waits for another offer.
  package func discard() { send(.discard) }

  // MARK: While the guest runs

  /// Sets the offloads that the guest's driver wants, or as many of them as the kernel takes.
  package func setOffload(_ offload: TunOffload) throws(Refusal) {
    try command(.setOffload(offload))
  }

  /// Sends a command and throws what the chart answers.
  func command(_ event: TapChart.Event) throws(Refusal) {
    answer = nil
    let outcome = send(event)
    if let answer { throw answer }
    switch outcome {
    case .taken, .ignored: return
    // The chart defers nothing.
    case .refused, .unexpected, .deferred, nil: throw hindrance
    }
  }

  /// Whether it has the descriptors of its queues: opened, or adopted.
  package var hasBackend: Bool { !descriptors.isEmpty }

  /// The interface's name at this moment, whatever it was when it was opened; the kernel is asked.
  package func presentName() throws(SystemError) -> InterfaceName {
    try kernel.tunInterface(descriptors[0]).name
  }

  /// Why this state cannot do what was asked.
  package var hindrance: Refusal {
    memory.refusal
      ?? Refusal(.wrongState, field: .state, subject: name, here: Self.value(of: state))
  }

  /// A state in a refusal: its name, or its number where there is no reflection.
  private static func value(of state: TapChart.State) -> Refusal.Value {
    .name(Name(text: state.name) ?? Name())
  }
}

/// Hears of the migration that comes in, while it is registered with the notifier list.
extension Tap: MigrationNotified {
  /// Decides at the pre-incoming event, and goes back when the incoming migration fails.
  public func migration(_ event: MigrationEvent) throws(Refusal) {
    switch event {
    case .preIncoming:
      try command(.preIncoming(transfersBackends: policy.transfersBackends))
    case .incomingFailed: try command(.incomingFailed)
    case .incomingDone: try command(.incomingDone)
    case .precopySetup, .precopyDone, .precopyFailed: break
    }
  }

  /// Whether a script or a helper runs before it is open.
  public var isPreparing: Bool { configuration.contains(.opening) }
}
