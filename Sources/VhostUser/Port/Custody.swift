import BatonCore

/// What the chart of the TAP's custody asks of the port.
protocol CustodyOwner: AnyObject {
  /// The session in this place serves its rings from now on.
  func give(to place: UInt8)
  /// It does not any more.
  func take(from place: UInt8)
}

/// Runs ``CustodyChart`` for a port.
@safe final class Custody: Driver<CustodyChart> {
  private unowned(unsafe) var holder: (any CustodyOwner)?

  init(_ loop: any Loop, number: UInt16, observer: (any Observer)?) {
    super.init(loop, CustodyChart.table, memory: .init(), number: number, observer: observer)
    start()
  }

  /// Who is asked; he takes himself away before he goes.
  var owner: (any CustodyOwner)? {
    // Safe: the owner takes itself away before it goes.
    get { unsafe holder }
    // Safe: only stored.
    set { unsafe holder = newValue }
  }

  /// Performs one effect.
  override func perform(_ effect: CustodyChart.Effect) {
    switch effect {
    case .give(let place): owner?.give(to: place)
    case .take(let place): owner?.take(from: place)
    }
  }
}
