public import BatonCore
public import BatonNet
import BatonQMP
public import BatonVhostUser

/// What the ports tell.
extension NetHost: VhostUserPortWatcher {
  private func tell(_ port: VhostUserPort, _ event: String, _ data: [String: String] = [:]) {
    machine(event: event, data: data.merging(["port": "\(port.name)"]) { own, _ in own })
  }

  private func warn(_ port: VhostUserPort, _ text: String) {
    machine(warning: "\(port.name): \(text)")
  }

  /// A front-end has connected.
  public func port(_ port: VhostUserPort, connected process: Int32?) {
    tell(port, "FRONTEND_CONNECTED", ["pid": "\(process ?? 0)"])
  }

  /// A session is over, for this reason or because the front-end left.
  public func port(_ port: VhostUserPort, ended fault: VhostFault?) {
    guard let fault else { return tell(port, "FRONTEND_LEFT") }
    warn(port, "a front-end is sent away: \(fault)")
    tell(port, "FRONTEND_LOST", ["reason": "\(fault)"])
  }

  /// Somebody was not let in.
  public func port(_ port: VhostUserPort, turnedAway refusal: Refusal) {
    warn(port, "a connection is refused: \(refusal)")
  }

  /// Whoever connects has to wait until there is room.
  public func port(_ port: VhostUserPort, unaccepted refusal: Refusal) {
    warn(port, "nobody can connect for a while: \(refusal)")
  }

  /// A VMM that listens is not to be had.
  public func port(
    _ port: VhostUserPort, unreached path: SocketPath, _ refusal: Refusal, again nanos: UInt64
  ) {
    let reason = "\(refusal)"
    warn(port, "\(path) does not answer and is called again in \(nanos / 1_000_000) ms: \(reason)")
    tell(port, "FRONTEND_UNREACHED", ["path": "\(path)", "reason": reason])
  }

  /// A guest has broken a ring of its own.
  public func port(_ port: VhostUserPort, ring: Int, broken fault: RingFault) {
    warn(port, "ring \(ring) is broken by its guest: \(fault)")
    tell(port, "RING_BROKEN", ["ring": "\(ring)", "reason": "\(fault)"])
  }

  /// Another front-end has the TAP, or none. The log is told after the round: a VMM waits for this,
  /// and no thread shall be woken meanwhile.
  public func port(_ port: VhostUserPort, serves place: UInt8?) { served.append((port, place)) }

  /// A script or a helper did not do, and the port has no TAP.
  public func port(_ port: VhostUserPort, unopened refusal: Refusal) {
    // One that is being made throws it.
    guard ports.contains(where: { $0 === port }) else { return }
    failure = refusal
    loop.stop()
  }

  /// The down script, or something like it, did not do.
  public func port(_ port: VhostUserPort, warned refusal: Refusal) { warn(port, "\(refusal)") }

  /// A script or a helper has written a line.
  public func port(_ port: VhostUserPort, said line: [UInt8], by program: TapProgram) {
    log(
      LogLine(
        .info, "\(program): \(String(decoding: line, as: UTF8.self))",
        metadata: ["port": "\(port.name)"]))
  }

  /// The interface was deleted, and the guest has no network any more.
  public func port(_ port: VhostUserPort, lost refusal: Refusal) {
    warn(port, "the TAP is lost: \(refusal)")
    machine(event: "NETDEV_LOST", data: ["netdev-id": "\(port.name)", "reason": "\(refusal)"])
  }

  /// It has another one, or none still.
  public func port(_ port: VhostUserPort, reopened refusal: Refusal?) {
    let answer = openings.removeValue(forKey: ObjectIdentifier(port))
    answer?(refusal.map { .failure(QMPError("\($0)")) } ?? .success([:]))
  }

  /// Opens a lost TAP anew (`netdev-reopen`); answered when a script has run, if there is one.
  func reopen(_ id: String, _ answer: @escaping (Result<JSONValue, QMPError>) -> Void) throws {
    guard let port = ports.first(where: { "\($0.name)" == id }) else { throw QMPError.noDevice(id) }
    guard openings[ObjectIdentifier(port)] == nil else {
      throw QMPError("'\(id)' is being opened already")
    }
    openings[ObjectIdentifier(port)] = answer
    do throws(Refusal) { try port.reopen() } catch { self.port(port, reopened: error) }
  }

  /// Hears from the kernel when an interface goes. Those of other namespaces are asked at times,
  /// and all of them where the kernel does not tell.
  func watchLinks() {
    do throws(SystemError) {
      let socket = Descriptor(owning: try loop.kernel.watchLinks(), in: loop.kernel)
      links = LinkBox(loop, socket, self)
    } catch {
      watchNoLinks("\(error)")
    }
    if ports.contains(where: { $0.options.tap.network != nil }) { lookAtTimes() }
    lookForLosses()
  }

  /// The kernel does not tell.
  func watchNoLinks(_ why: String) {
    links = nil
    machine(warning: "interfaces are looked at once a second: rtnetlink: \(why)")
    lookAtTimes()
  }

  private func lookAtTimes() {
    if look == nil { look = BatonCore.Timer(loop, id: Self.lookWatch, calling: self) }
  }

  /// Asks every port for its interface.
  func lookForLosses() {
    for port in ports { port.lookForLoss() }
    look?.arm(after: Self.lookNanos)
  }

  private static var lookNanos: UInt64 { 1_000_000_000 }
}
