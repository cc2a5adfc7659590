import BatonCore

@testable import BatonMig

/// What the target's driver does, one effect a step.
extension Explorer {
  /// Everything that the target, or somebody to it, may do next.
  func targetSteps(_ world: World) throws -> [Edge] {
    let target = world.target
    var edges: [Edge] = []
    if faults.has(.targetCrashes) || target.flags.contains(.killed) {
      var after = world
      after.target.die()
      after.closeTarget()
      edges.append(
        Edge(label: "target dies", world: after, isFault: !target.flags.contains(.killed)))
    }
    if target.flags.contains(.hung) { return edges }
    if faults.has(.targetHangs) {
      var after = world
      after.target.flags.insert(.hung)
      edges.append(Edge(label: "target hangs", world: after, isFault: true))
    }
    if faults.has(.targetCancels), !target.flags.contains(.cancelled) {
      var after = world
      after.target.flags.formUnion([.cancelled, .refused])
      after.target.events.push(TargetInput.cancel.rawValue)
      edges.append(Edge(label: "target cancels", world: after, isFault: true))
    }
    if !target.work.isEmpty { return edges + perform(world) }
    if !target.events.isEmpty {
      var after = world
      let input = TargetInput(rawValue: after.target.events.popFirst())!
      return edges + [try feed(after, input, "target goes on")]
    }
    return edges + (try idleTarget(world))
  }

  private func idleTarget(_ world: World) throws -> [Edge] {
    var edges: [Edge] = []
    let target = world.target
    let isListening = targets.state(target.chart) == .listening
    if !target.inbox.isEmpty, target.flags.contains(.open) || isListening {
      var after = world
      let letter = Letter(rawValue: after.target.inbox.popFirst())!
      if letter == .connect { after.target.flags.insert(.open) }
      edges.append(try feed(after, TargetInput(letter), "target reads"))
    } else if target.flags.contains(.open), !world.source.flags.contains(.alive),
      !target.flags.contains(.told)
    {
      var after = world
      after.target.flags.insert(.told)
      edges.append(try feed(after, .died, "target hears of the death"))
    }
    if targets.waits(target.chart) {
      edges.append(try feed(world, .timeout, "target waits in vain"))
    }
    return edges
  }

  private func feed(
    _ world: World, _ input: TargetInput, _ label: StaticString
  ) throws -> Edge {
    var after = world
    let step = try targets.step(world.target.chart, input.event, code: input.rawValue)
    require(step.outcome != .unexpected, "the target does not expect \(input)")
    after.target.chart = step.snapshot
    after.target.plan(step.effects)
    return Edge(label: label, world: after)
  }

  /// Performs the first effect; more than one world where the outcome is open.
  private func perform(_ world: World) -> [Edge] {
    var after = world
    let work = TargetWork(rawValue: after.target.work.popFirst())!
    switch work {
    case .greet: after.sendToSource(.hello)
    case .inspect: return decline(after, .adoptable, .unadoptable, work.label)
    case .answer: after.sendToSource(.answers)
    case .load: return decline(after, .loaded, .loadFailed, work.label)
    case .take:
      if mistake == .takesUnasked, after.word == .revoked { after.word = .offered }
      return [after.then(TargetInput(after.swap(.offered, .taken)), work.label)]
    case .apply:
      require(!after.source.flags.contains(.device), "the target touches the source's device")
      after.target.flags.insert(.device)
      return decline(after, .applied, .applyFailed, work.label)
    case .run:
      if mistake == .runsUnasked { return [after.then(TargetInput.wordRunning, work.label)] }
      return [after.then(TargetInput(after.swap(.taken, .running)), work.label)]
    case .giveBack:
      after.target.flags.remove(.device)
      if mistake == .neverGivesBack {
        return [after.then(TargetInput(after.word), work.label)]
      }
      var owner = after.swap(.taken, .revoked)
      if owner == .condemned { owner = after.swap(.condemned, .revoked) }
      return [after.then(TargetInput(owner), work.label)]
    case .activate: require(after.word == .running, "served what is not ours")
    case .startGuest:
      require(after.word == .running, "started what is not ours")
      require(!after.source.flags.contains(.ran), "a superseded guest runs at the target")
      after.target.flags.formUnion([.guest, .ran])
    case .sendRunning: after.sendToSource(.running)
    case .sendFailed: after.sendToSource(.failed)
    case .hangUp: after.closeTarget()
    case .dropPeer:
      after.target.flags.remove([.open, .told])
      after.target.inbox = World.Queue()
    }
    return [Edge(label: work.label, world: after)]
  }

  private func decline(
    _ world: World, _ good: TargetInput, _ bad: TargetInput, _ label: StaticString
  ) -> [Edge] {
    var (after, refused) = (world, world)
    refused.target.flags.insert(.refused)
    let edges = [after.then(good, label)]
    return faults.has(.refusals)
      ? edges + [refused.then(bad, "target refuses", isFault: true)] : edges
  }
}
