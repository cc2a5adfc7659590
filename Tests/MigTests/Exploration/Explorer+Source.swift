import BatonCore

@testable import BatonMig

/// What the source's driver does, one effect a step.
extension Explorer {
  /// Everything that the source, or somebody to it, may do next.
  func sourceSteps(_ world: World) throws -> [Edge] {
    var edges: [Edge] = []
    if faults.has(.sourceCrashes) {
      var after = world
      after.source.die()
      after.closeSource()
      edges.append(Edge(label: "source dies", world: after, isFault: true))
    }
    if faults.has(.sourceCancels), !world.source.flags.contains(.cancelled) {
      // Out of a callback too: then it waits behind the outcomes that are already there.
      var after = world
      after.source.flags.insert(.cancelled)
      after.source.events.push(SourceInput.cancel.rawValue)
      edges.append(Edge(label: "source cancels", world: after, isFault: true))
    }
    if !world.source.work.isEmpty {
      return edges + perform(world)
    }
    if !world.source.events.isEmpty {
      var after = world
      let input = SourceInput(rawValue: after.source.events.popFirst())!
      return edges + [try feed(after, input, "source goes on")]
    }
    return edges + (try idleSource(world))
  }

  private func idleSource(_ world: World) throws -> [Edge] {
    var edges: [Edge] = []
    let source = world.source
    if source.flags.contains(.open) {
      if !source.inbox.isEmpty {
        var after = world
        let letter = Letter(rawValue: after.source.inbox.popFirst())!
        edges.append(try feed(after, SourceInput(letter), "source reads"))
      } else if !world.target.flags.contains(.alive), !source.flags.contains(.told) {
        var after = world
        after.source.flags.insert(.told)
        edges.append(try feed(after, .died, "source hears of the death"))
      }
    }
    if sources.waits(source.chart) {
      edges.append(try feed(world, .timeout, "source waits in vain"))
    }
    if source.flags.contains(.timer) {
      var after = world
      after.source.flags.remove(.timer)
      edges.append(try feed(after, .converged, "copied"))
    }
    if source.flags.contains(.draining) {
      var after = world
      after.source.flags.remove(.draining)
      after.sendToTarget(.state)
      edges.append(try feed(after, .sent, "sent"))
    }
    if sources.state(source.chart) == .preSwitchover {
      edges.append(try feed(world, .proceed, "continue"))
    }
    return edges
  }

  /// Where a cancel needs nobody's consent; in *offered* the swap decides.
  private static let mayStillCancel: Set<OutgoingChart.State> = [
    .preparing, .connecting, .greeting, .offering, .active, .preSwitchover, .quiescing, .saving,
  ]

  private func feed(
    _ world: World, _ input: SourceInput, _ label: StaticString
  ) throws -> Edge {
    var after = world
    if input == .cancel, Self.mayStillCancel.contains(sources.state(world.source.chart)) {
      after.source.flags.insert(.inTime)
    }
    let step = try sources.step(world.source.chart, input.event, code: input.rawValue)
    require(step.outcome != .unexpected, "the source does not expect \(input)")
    after.source.chart = step.snapshot
    after.source.plan(step.effects)
    return Edge(label: label, world: after)
  }

  /// Performs the first effect; more than one world where the outcome is open.
  private func perform(_ world: World) -> [Edge] {
    var after = world
    let work = SourceWork(rawValue: after.source.work.popFirst())!
    switch work {
    case .prepare: return after.either(.prepared, .vetoed, "source prepares", faults)
    case .connect:
      let isThere =
        world.target.flags.contains(.alive) && targets.state(world.target.chart) == .listening
      guard isThere else { return [after.then(.unreachable, "nobody listens")] }
      after.source.flags.insert(.open)
      after.target.inbox.push(Letter.connect.rawValue)
      return [after.then(SourceInput.connected, "source connects")]
    case .greet:
      after.word = .held
      after.sendToTarget(.hello)
    case .offer:
      var refused = after
      after.sendToTarget(.offer)
      let edges = [Edge(label: "source offers", world: after)]
      return faults.has(.refusals)
        ? edges + [refused.then(.deviceFailed, "source cannot offer", isFault: true)] : edges
    case .copy: after.source.flags.insert(.timer)
    case .quiesce:
      after.source.flags.remove(.device)
      return after.either(.quiesced, .deviceFailed, "source quiesces", faults)
    case .save: return save(after)
    case .stopGuest: after.source.flags.remove(.guest)
    case .restore:
      require(!after.target.flags.contains(.device), "the source touches the target's device")
      after.source.flags.insert(.device)
    case .startGuest: resume(&after)
    case .release: require(after.word == .running, "released what is not given away")
    case .handOver, .ring, .revoke, .revokeFromDead, .condemn, .kill: return [decide(after, work)]
    case .sendCancel: after.sendToTarget(.cancel)
    case .sendBye: after.sendToTarget(.bye)
    case .hangUp: after.closeSource()
    }
    return [Edge(label: work.label, world: after)]
  }

  private func save(_ world: World) -> [Edge] {
    var (sent, full, refused) = (world, world, world)
    sent.sendToTarget(.state)
    full.source.flags.insert(.draining)
    let edges = [
      sent.then(.sent, "source saves"), Edge(label: "source saves, no room", world: full),
    ]
    return faults.has(.refusals)
      ? edges + [refused.then(.deviceFailed, "source cannot save", isFault: true)] : edges
  }

  private func resume(_ world: inout World) {
    require(
      [nil, .held, .revoked].contains(world.word), "resumed before the word is the source's")
    require(!world.target.flags.contains(.ran), "a superseded guest runs at the source")
    world.source.flags.formUnion([.guest, .ran])
  }

  private func decide(_ world: World, _ work: SourceWork) -> Edge {
    var after = world
    switch work {
    case .handOver:
      if after.swap(.held, .offered) != .offered {
        return after.then(SourceInput(after.word), work.label)
      }
    case .ring: after.sendToTarget(.doorbell)
    case .revoke:
      let before = after.word
      if mistake == .resumesUnrevoked { return after.then(SourceInput.revoked, work.label) }
      if mistake == .revokesTheTaken, after.word == .taken { after.word = .offered }
      let owner = after.swap(.offered, .revoked)
      if before == .offered, sources.memory(after.source.chart).isCancelled {
        after.source.flags.insert(.inTime)
      }
      return after.then(SourceInput(owner), work.label)
    case .revokeFromDead:
      require(!after.target.flags.contains(.alive), "taken back from the living")
      var owner = after.swap(.offered, .revoked)
      if mistake == .forgetsTheDead, owner == .taken {
        return Edge(label: work.label, world: after)
      }
      if owner == .taken { owner = after.swap(.taken, .revoked) }
      if owner == .condemned { owner = after.swap(.condemned, .revoked) }
      return after.then(SourceInput(owner), work.label)
    case .condemn: return after.then(SourceInput(after.swap(.taken, .condemned)), work.label)
    case _:
      if mistake == .neverKills { break }
      if mistake == .trustsItsKill { return after.then(SourceInput.revoked, work.label) }
      if after.target.flags.contains(.alive) { after.target.flags.insert(.killed) }
    }
    return Edge(label: work.label, world: after)
  }
}
