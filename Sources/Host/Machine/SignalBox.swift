package import BatonCore

/// A signal watch in an array.
package final class SignalBox {
  private let watch: SignalWatch

  /// Keeps the watch as long as the box lives.
  package init(_ watch: consuming SignalWatch) { self.watch = watch }
}

@available(*, unavailable)
extension SignalBox: Sendable {}
