import BatonCore

extension IncomingChart.State {
  /// Whether the source may send such a record now; it waits for each answer of this side.
  func expects(_ type: RecordType) -> Bool {
    switch type {
    case .hello: self == .greeting
    case .device, .memory, .offerEnd: self == .offering
    case .state, .stateEnd: self == .receiving
    // The guest may have been taken before the bell is heard.
    case .doorbell: self == .ready || self == .taken || self == .completed
    case .bye: self == .completed
    case .cancel: true
    case .answers, .running, .failed: false
    }
  }
}
