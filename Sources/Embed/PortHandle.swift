import BatonCore
import BatonNet
import BatonVhostUser
import CBaton

/// A port for VMMs that speak vhost-user, as the host knows it.
@safe final class PortHandle: DeviceHandle {
  override class var mark: UInt { 0x4020 }

  private let calls: baton_port_calls
  private let context: UnsafeMutableRawPointer?
  private let notifiers: NotifiersHandle?
  private let trace: TraceHandle?
  /// Set by `begin`, and gone with the handle.
  private(set) var port: VhostUserPort?

  /// A port that has nothing yet.
  init(
    _ home: Home, _ notifiers: NotifiersHandle?, _ trace: TraceHandle?,
    _ calls: baton_port_calls, _ context: UnsafeMutableRawPointer?
  ) {
    self.notifiers = notifiers
    self.trace = trace
    // Safe: only stored; the host keeps its context for as long as the port.
    unsafe (self.calls, self.context) = (calls, context)
    super.init(home)
  }

  /// Opens the TAP and meets the VMMs, or waits for what comes from another process.
  func begin(_ name: Name, _ options: VhostUserPort.Options, isIncoming: Bool) throws(Refusal) {
    var own = options
    let given = try duplicateQueues(of: &own, name)
    port = try VhostUserPort(
      home.loop, name: name, own, isIncoming: isIncoming, watcher: self, registry: trace?.trace)
    for number in given { home.kernel.close(number) }
    use(notifiers)
    use(trace)
    home.holders.append(self)
    PortLookout.add(self)
  }

  /// Has the port take duplicates of the descriptors that a TAP is said by, so that the host has
  /// its own ones still where the port is refused.
  ///
  /// - Returns: The host's, to be closed once there is a port.
  private func duplicateQueues(
    of options: inout VhostUserPort.Options, _ name: Name
  ) throws(Refusal) -> [CInt] {
    guard let wished = options.tap.fds else { return [] }
    let given = (wished + options.tap.vhostFDs).filter { home.kernel.isOpen($0) }
    // vhost-net is not spoken to.
    options.tap.vhostFDs = []
    var own: [CInt] = []
    do throws(SystemError) {
      // What is not open is refused by its number.
      for number in wished {
        own.append(given.contains(number) ? try home.kernel.duplicate(number) : number)
      }
    } catch {
      for (number, copy) in zip(wished, own) where number != copy { home.kernel.close(copy) }
      // Who listens was duplicated before.
      if case .activated(let number?) = options.meeting { home.kernel.close(number) }
      throw Refusal(error, subject: name)
    }
    options.tap.fds = own
    return given
  }

  override var movable: (any Movable)? { port }
  override var tap: Tap? { port?.tap }
  override var needsTransfer: Bool { true }

  override func hears(_ notifiers: NotifiersHandle?) -> Bool { self.notifiers === notifiers }

  /// A port does not go inside its own calls either: its loop is about to use it.
  override func mayBeDestroyed() throws(Hindrance) {
    try mayBeClosed()
    guard port?.hasProgram != true else {
      throw .rule("a program of the port's TAP runs, or is to run: close it, and wait for that")
    }
  }

  /// What holds for closing it, too.
  func mayBeClosed() throws(Hindrance) {
    try super.mayBeDestroyed()
    guard !isCalling else { throw .rule("a port is not destroyed in its own callback") }
  }

  private var isCalling = false

  override func end() {
    home.holders.removeAll { $0 === self }
    PortLookout.remove(self)
    port?.close()
    port = nil
    leave(notifiers)
    leave(trace)
  }

  /// Calls the host for the port.
  private func tell(_ body: () -> Void) {
    let wasCalling = isCalling
    isCalling = true
    defer { isCalling = wasCalling }
    home.call(body)
  }

  /// Calls one of the host's functions with a refusal.
  private func tell(
    _ refusal: Refusal,
    _ function: ((UnsafePointer<baton_refusal>?, UnsafeMutableRawPointer?) -> Void)?
  ) {
    var why = baton_refusal(refusal)
    // Safe: the host's function and context; the refusal outlives the call.
    tell { unsafe function?(&why, context) }
  }
}

// What the port tells goes to the host's functions.
extension PortHandle: VhostUserPortWatcher {
  func port(_ port: VhostUserPort, connected process: Int32?) {
    // Safe: the host's function and context, which live as long as the port.
    tell { unsafe calls.connected?(process ?? 0, context) }
  }

  func port(_ port: VhostUserPort, ended fault: VhostFault?) {
    guard let reason = fault?.description else {
      // Safe: the host's function and context.
      return tell { unsafe calls.left?(nil, context) }
    }
    // Safe: the host's function and context; the text outlives the call.
    tell { unsafe calls.left?(reason, context) }
  }

  func port(_ port: VhostUserPort, turnedAway refusal: Refusal) {
    // Safe: the host's function.
    unsafe tell(refusal, calls.turned_away)
  }

  func port(
    _ port: VhostUserPort, unreached path: SocketPath, _ refusal: Refusal, again: UInt64
  ) {
    var why = baton_refusal(refusal)
    let text = path.description
    // Safe: the host's function and context; text and refusal outlive the call.
    tell { unsafe calls.unreached?(text, &why, again, context) }
  }

  func port(_ port: VhostUserPort, ring: Int, broken fault: RingFault) {
    let reason = "\(fault)"
    // Safe: the host's function and context; the text outlives the call.
    tell { unsafe calls.ring_broken?(CUnsignedInt(clamping: ring), reason, context) }
  }

  func port(_ port: VhostUserPort, serves place: UInt8?) {
    // Safe: the host's function and context.
    tell { unsafe calls.serves?(place.map { CInt($0) } ?? -1, context) }
  }

  func port(_ port: VhostUserPort, lost refusal: Refusal) {
    // Safe: the host's function.
    unsafe tell(refusal, calls.lost)
  }

  func port(_ port: VhostUserPort, unopened refusal: Refusal) {
    // Safe: the host's function.
    unsafe tell(refusal, calls.unopened)
  }

  func port(_ port: VhostUserPort, reopened refusal: Refusal?) {
    // Safe: the host's function, here and below.
    guard let refusal else { return tell { unsafe calls.reopened?(nil, context) } }
    unsafe tell(refusal, calls.reopened)
  }

  func port(_ port: VhostUserPort, warned refusal: Refusal) {
    // Safe: the host's function.
    unsafe tell(refusal, calls.warned)
  }

  func port(_ port: VhostUserPort, said line: [UInt8], by program: TapProgram) {
    let (path, text) = (program.description, String(decoding: line, as: UTF8.self))
    // Safe: the host's function and context; the strings outlive the call.
    tell { unsafe calls.said?(path, text, context) }
  }
}
