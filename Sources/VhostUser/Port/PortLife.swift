import BatonCore

/// What the chart of a port's life asks of the port.
protocol PortLifeOwner: AnyObject {
  /// Performs one effect.
  func perform(_ effect: PortChart.Effect)
}

/// Runs ``PortChart`` for a port.
@safe final class PortLife: Driver<PortChart> {
  private unowned(unsafe) var holder: (any PortLifeOwner)?

  init(_ loop: any Loop, number: UInt16, observer: (any Observer)?) {
    super.init(loop, PortChart.table, memory: .init(), number: number, observer: observer)
    start()
  }

  /// Who is asked; he takes himself away before he goes.
  var owner: (any PortLifeOwner)? {
    // Safe: the owner takes itself away before it goes.
    get { unsafe holder }
    // Safe: only stored.
    set { unsafe holder = newValue }
  }

  /// Whether rings are served here.
  var isServing: Bool {
    switch state {
    case .serving, .open, .full, .trying, .offered: true
    case .away, .arrived, .held, .closed: false
    }
  }

  /// Performs one effect.
  override func perform(_ effect: PortChart.Effect) { owner?.perform(effect) }
}
