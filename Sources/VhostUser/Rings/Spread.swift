import BatonCore

/// Runs ``SpreadChart`` for a session.
@safe final class Spread: Driver<SpreadChart> {
  private unowned(unsafe) let session: Session

  /// The spread of a session, which owns it and so outlives it.
  init(_ loop: any Loop, session: Session, number: UInt16, observer: (any Observer)?) {
    // Safe: the session owns it.
    unsafe self.session = session
    super.init(loop, SpreadChart.table, memory: .init(), number: number, observer: observer)
    start()
  }

  /// Whether frames go to another ring than their own.
  var isOpen: Bool { state == .settled || state == .overdue }

  /// So many receive rings run; what it knows already is no event.
  func tell(_ event: SpreadChart.Event) {
    let known: SpreadChart.Event =
      switch state {
      case .resting: .halted
      case .changing, .overdue: .partly
      case .settled: .fully
      }
    if event != known { send(event) }
  }

  /// Performs one effect.
  override func perform(_ effect: SpreadChart.Effect) {
    switch effect {
    // Safe: the session owns it.
    case .feed: unsafe session.owner.feed()
    }
  }
}
