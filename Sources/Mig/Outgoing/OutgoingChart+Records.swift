import BatonCore

extension OutgoingChart.State {
  /// Whether the target may send such a record now.
  func expects(_ type: RecordType) -> Bool {
    switch type {
    case .hello: self == .greeting
    case .answers: self == .offering
    case .running: self == .offered || self == .killing
    case .failed: true
    case .device, .memory, .offerEnd, .state, .stateEnd, .doorbell, .bye, .cancel: false
    }
  }
}
