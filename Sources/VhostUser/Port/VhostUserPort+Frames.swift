package import BatonCore
package import BatonNet

extension VhostUserPort: CustodyOwner {
  func give(to place: UInt8) {
    guard let session = sessions[Int(place)] else { return }
    sessionAgreed(session)
    if let mac = announcements[Int(place)] {
      announcements[Int(place)] = nil
      broadcast(mac)
    }
    watcher.port(self, serves: place)
    changeovers.given(to: place, running: session.runningCount)
    session.serveAll()
    tap.feed()
  }

  func take(from place: UInt8) { watcher.port(self, serves: nil) }
}

extension VhostUserPort: SessionOwner {
  var isServing: Bool { life.isServing }

  func hasTap(_ session: Session) -> Bool { life.isServing && holder === session }

  func session(_ session: Session, isActive: Bool) {
    // Who comes from another process asks when it is let go on.
    guard life.isServing else { return }
    custody.send(isActive ? .want(session.place) : .letGo(session.place))
  }

  func session(_ session: Session, runs count: Int, insteadOf former: Int) {
    changeovers.rings(of: session.place, run: count, insteadOf: former)
  }

  func session(_ session: Session, worked spell: Spell) { changeovers.worked(spell) }

  /// Sets the offloads that the driver has accepted: only for who has the TAP, since another
  /// front-end may still be served with other ones.
  func sessionAgreed(_ session: Session) {
    guard hasTap(session) else { return }
    let wish = session.device.acceptedFeatures.tunOffload
    // What cannot be set now (the TAP is gone) is no affair of the guest's.
    if wish != tap.memory.properties.offload { do { try tap.setOffload(wish) } catch {} }
  }

  func feed() { tap.feed() }

  func awaitRoom(pair: Int) { tap.awaitRoom(queue: pair) }

  var sink: any FrameSink { tap }

  func announce(_ mac: MACAddress, of session: Session) {
    if hasTap(session) { return broadcast(mac) }
    announcements[Int(session.place)] = mac
  }

  func session(_ session: Session, broke ring: Int, _ fault: RingFault) {
    watcher.port(self, ring: ring, broken: fault)
  }

  func session(_ session: Session, ended fault: VhostFault?) {
    let place = Int(session.place)
    guard sessions[place] === session else { return }
    sessions[place] = nil
    announcements[place] = nil
    if frontEndCount == 0 { changeovers.forget() }
    departed.append(session)
    wantRound()
    watcher.port(self, ended: fault)
    callers.first { $0.place == place }?.send(.ended)
  }

  /// Tells the network where the guest is: a RARP request of its own address (RFC 903).
  private func broadcast(_ mac: MACAddress) {
    var frame = [UInt8](repeating: 0, count: VirtioNet.headerByteCount)
    let address = (0..<6).map { mac[$0] }
    frame += [UInt8](repeating: 0xFF, count: 6) + address + [0x80, 0x35]
    // Ethernet, IPv4, lengths 6 and 4, request reverse.
    frame += [0, 1, 8, 0, 6, 4, 0, 3]
    frame += address + [0, 0, 0, 0] + address + [0, 0, 0, 0]
    // The shortest frame.
    frame += [UInt8](repeating: 0, count: 18)
    // A network that does not hear of it learns by the next frame.
    // Safe: the bytes outlive the call.
    unsafe frame.withUnsafeBytes { _ = unsafe tap.write(queue: 0, frame: $0) }
  }
}

/// The TAP calls when a queue has frames or room.
extension VhostUserPort: FramePort {
  /// Tells whoever watches that the guest has no network any more.
  package func lost(_ refusal: Refusal) { watcher.port(self, lost: refusal) }

  /// Serves the port from here on, or tells why it cannot be served; one that is served already has
  /// another TAP, or none still.
  package func opened(_ refusal: Refusal?) {
    guard life.state == .away else { return reopened(refusal) }
    guard let refusal else { return begin() }
    watcher.port(self, unopened: refusal)
  }

  /// Tells whoever watches.
  package func warned(_ refusal: Refusal) { watcher.port(self, warned: refusal) }

  /// The same, of what a program has written.
  package func said(_ line: [UInt8], by program: TapProgram) {
    watcher.port(self, said: line, by: program)
  }

  /// The device of who has the TAP.
  package func receiver(forQueue queue: Int) -> (any FrameReceiver, pair: Int)? {
    guard life.isServing, let holder, let pair = holder.receivingPair(forQueue: queue) else {
      return nil
    }
    wantRound()
    return (holder.device, pair)
  }

  /// Sends what the guest has waiting, up to a batch.
  package func transmit(queue: Int) -> Bool {
    guard life.isServing, let holder else { return false }
    wantRound()
    return holder.transmit(pair: queue)
  }
}
