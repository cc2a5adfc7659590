import BatonCore
import BatonMig

/// Runs ``BackendChart`` for a process.
@safe final class Backend: Driver<BackendChart> {
  private unowned(unsafe) let host: NetHost

  /// The life of a process, which owns it and so outlives it.
  init(_ loop: any Loop, host: NetHost, number: UInt16, observer: (any Observer)?) {
    // Safe: the host owns it.
    unsafe self.host = host
    let options = host.options
    // It may greet, and offer, as slowly as each is allowed to be.
    let memory = BackendChart.Memory(
      hasSuccessor: options.successor != nil,
      patienceMillis: 2 * options.parameters.patienceMillis)
    super.init(
      loop, BackendChart.table, memory: memory,
      number: number, observer: observer)
    start()
  }

  /// Performs one effect.
  override func perform(_ effect: BackendChart.Effect) {
    // Safe: the host owns it.
    unsafe host.perform(effect)
  }
}
