import BatonCore
import BatonNet
import BatonTesting

/// What may happen next.
extension VhostModel {
  /// Takes a step; false when it cannot be taken.
  func take(_ action: UInt16, _ state: inout State) -> Bool {
    switch action {
    case 0: inspect(&state)
    case 1: quiesce(&state)
    case 2: give(&state)
    case 3: takeOver(&state)
    case 4: run(&state)
    case 5: release(&state)
    case 6, 7: rollBack(&state, isDead: action == 7)
    case 8: discard(&state)
    case 9: turn(&state)
    case 10, 11: kill(&state, Int(action) - 10)
    case 12, 13: move(&state, Int(action) - 12)
    case 14: breakRing(&state)
    case 15: reset(&state)
    case 16: refuse(&state)
    default: false
    }
  }

  /// The target prepares what it can, while the source's rings run.
  private func inspect(_ state: inout State) -> Bool {
    let target = 1 - state.source
    guard state.word == .none || state.word == .revoked, mayOffer(state),
      state.sides[0].isAlive, state.sides[1].isAlive, state.sides[state.source].isServing
    else { return false }
    state.handovers += 1
    state.word = .held
    send(&state, target, .own, .prepare)
    return true
  }

  private func quiesce(_ state: inout State) -> Bool {
    guard state.word == .held, state.sides[state.source].isAlive,
      state.sides[state.source].isServing
    else { return false }
    if mistake == .leavesTheRings {
      state.sides[state.source].isServing = false
    } else {
      steer(&state, state.source, isServing: false)
    }
    return true
  }

  /// The state that goes out says where the source's rings stand.
  private func give(_ state: inout State) -> Bool {
    let source = state.source
    guard state.word == .held, state.sides[source].isAlive, !state.sides[source].isServing else {
      return false
    }
    state.sides[1 - source].next = state.sides[source].next
    state.word = .offered
    return true
  }

  private func takeOver(_ state: inout State) -> Bool {
    let target = 1 - state.source
    guard state.word == .offered, state.sides[target].isAlive else { return false }
    state.word = .taken
    send(&state, target, .place)
    if mistake == .startsAtTheTake { send(&state, target, .run) }
    return true
  }

  private func run(_ state: inout State) -> Bool {
    let target = 1 - state.source
    guard state.word == .taken, state.sides[target].isAlive else { return false }
    state.word = .running
    steer(&state, target, isServing: true)
    return true
  }

  private func release(_ state: inout State) -> Bool {
    guard state.word == .running, state.sides[state.source].isAlive,
      state.sides[state.source].vhost.state != .closed
    else { return false }
    send(&state, state.source, .close)
    return true
  }

  /// The source takes the guest back: from a target that has not taken it, or from a dead one.
  private func rollBack(_ state: inout State, isDead: Bool) -> Bool {
    let (source, target) = (state.source, 1 - state.source)
    guard state.sides[source].isAlive, state.sides[target].isAlive != isDead else { return false }
    switch state.word {
    case .held: break
    case .offered: break
    case .taken: guard isDead else { return false }
    case .none, .running, .revoked: return false
    }
    state.word = .revoked
    steer(&state, source, isServing: true)
    return true
  }

  private func discard(_ state: inout State) -> Bool {
    let target = 1 - state.source
    guard state.word == .revoked, state.sides[target].isAlive,
      [.prepared, .placed].contains(state.sides[target].vhost.state)
    else { return false }
    send(&state, target, .forget)
    return true
  }

  /// The handover is over: who has the guest now may be the next one's source.
  private func turn(_ state: inout State) -> Bool {
    let source = state.source
    guard state.word == .running, state.sides[0].isAlive, state.sides[1].isAlive,
      state.sides[source].vhost.state == .closed, mayOffer(state)
    else { return false }
    // The process makes a new device, as a host does that takes another guest.
    state.sides[source] = initial.sides[1]
    state.sides[source].next = 0
    state.source = 1 - source
    state.word = .none
    return true
  }

  /// The kernel lets go of what nobody else holds.
  private func kill(_ state: inout State, _ place: Int) -> Bool {
    guard state.sides[place].isAlive else { return false }
    state.sides[place].isAlive = false
    state.sides[place].isServing = false
    let isHeld = mistake == .lendsTheDescriptor && state.sides[1 - place].isAlive
    if !isHeld { state.sides[place].hasBackends = false }
    return true
  }

  private func move(_ state: inout State, _ place: Int) -> Bool {
    guard isServed(state, place) else { return false }
    serve(&state, place)
    return true
  }

  /// Only a guest that runs breaks something, and the kernel that serves it tells.
  private func breakRing(_ state: inout State) -> Bool {
    let place = state.word == .running ? 1 - state.source : state.source
    guard state.sides[place].isServing, state.sides[place].hasBackends,
      state.sides[place].isAlive
    else { return false }
    send(&state, place, .fault)
    return true
  }

  private func reset(_ state: inout State) -> Bool {
    let place = state.word == .running ? 1 - state.source : state.source
    guard state.sides[place].isServing, state.sides[place].isAlive else { return false }
    send(&state, place, .halt, .reset)
    steer(&state, place, isServing: true)
    return true
  }
}
