import BatonTesting

extension CheckOptions {
  /// Prints nothing and keeps nothing.
  static var quiet: CheckOptions {
    var options = CheckOptions()
    options.prints = false
    options.store = nil
    return options
  }
}
