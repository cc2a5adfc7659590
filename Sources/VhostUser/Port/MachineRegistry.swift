public import BatonCore

/// An observer that keeps a list of machines: a port's sessions and rings come and go, and each
/// of their machines is entered there and taken out again.
public protocol MachineRegistry: Observer {
  /// A number for a machine, under which its records are kept.
  func register(_ legend: Legend) -> UInt16
  /// The machine of this number is gone.
  func retire(_ number: UInt16)
}

extension Trace: MachineRegistry {}
