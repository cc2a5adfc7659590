import BatonCore

extension SystemError {
  /// The error of a call, nil when it was not refused.
  static func of(_ body: () throws(SystemError) -> Void) -> SystemError? {
    do throws(SystemError) {
      try body()
      return nil
    } catch {
      return error
    }
  }
}
