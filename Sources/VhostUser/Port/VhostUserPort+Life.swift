import BatonCore
import BatonNet

/// What the chart of its life asks of the port.
extension VhostUserPort: PortLifeOwner {
  func perform(_ effect: PortChart.Effect) {
    switch effect {
    case .deafen:
      suspendListener()
      // Who were reached now would not be in the offer.
      for caller in callers { caller.send(.rest) }
      for session in sessions { session?.hold() }
    case .rest: for session in sessions { session?.quiesce() }
    case .settle: settle()
    case .resume: resume()
    case .forget: forget()
    case .drop: arrival = nil
    case .end: end()
    case .tellFull: if let hindrance { watcher.port(self, unaccepted: hindrance) }
    case .shut: suspendListener()
    case .letIn: resumeListener()
    }
  }

  /// The sessions that came are the port's.
  private func settle() {
    guard let arrival else { return }
    for place in sessions.indices { sessions[place] = arrival.takeSession(place) }
    var own = arrival.takeListener()
    if let socket = own.takeFirst() { adopt(socket) }
    self.arrival = nil
  }

  /// Everything goes on, here: rings first, on which guests wait.
  private func resume() {
    wantRound()
    // The former holder asks first, or again.
    let first = takeSuccessor().map { Int($0) }
    let former = holder
    for place in sessions.indices.sorted(by: { a, _ in a == first }) {
      guard let session = sessions[place], session.isActive else { continue }
      custody.send(.want(session.place))
    }
    if holder === former { holder?.serveAll() }
    tap.feed()
    for session in sessions { session?.resume() }
    resumeListener()
    for caller in callers {
      caller.send(sessions[caller.place] == nil ? .begin : .carried)
    }
  }

  /// What goes on in another process is forgotten here, without a word.
  private func forget() {
    for caller in callers { caller.send(.rest) }
    wantRound()
    forgetListener()
    for place in sessions.indices {
      if let session = sessions[place] { departed.append(session) }
      sessions[place] = nil
    }
  }

  private func end() {
    for caller in callers { caller.send(.rest) }
    for session in sessions { session?.send(.closed) }
    removeListener()
  }
}
