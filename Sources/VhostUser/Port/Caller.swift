import BatonCore

/// Runs ``CallerChart`` for one place of a port.
@safe final class Caller: Driver<CallerChart> {
  /// The place of the session that it brings.
  let place: Int
  /// Where the VMM listens.
  let path: SocketPath
  private unowned(unsafe) let port: VhostUserPort

  /// A caller of a port, which owns it and so outlives it.
  init(
    _ loop: any Loop, place: Int, path: SocketPath, port: VhostUserPort, number: UInt16,
    observer: (any Observer)?
  ) {
    self.place = place
    self.path = path
    // Safe: the port owns its callers.
    unsafe self.port = port
    super.init(loop, CallerChart.table, memory: .init(), number: number, observer: observer)
    start()
  }

  /// Performs one effect.
  override func perform(_ effect: CallerChart.Effect) {
    // Safe: the port owns its callers.
    let port = unsafe port
    switch effect {
    case .call:
      do throws(Refusal) {
        try port.call(path, place)
        send(.answered)
      } catch {
        send(.refused(error))
      }
    case .tell(let refusal, let again):
      port.watcher.port(port, unreached: path, refusal, again: again)
    }
  }
}
