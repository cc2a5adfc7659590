/// Where a TAP asks whether backends travel as open descriptors: the migration's parameters.
public protocol TransferPolicy: AnyObject {
  /// True when they do (`backend-transfer`, `local`).
  var transfersBackends: Bool { get }
}
