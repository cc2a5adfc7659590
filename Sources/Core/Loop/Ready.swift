/// What a watch waits for and what a loop reports; the first four have libevent's EV_ values.
public struct Ready: OptionSet, Hashable, Sendable {
  /// The bits of libevent (`EV_READ` and so on), and Baton's own above them.
  public let rawValue: Int16

  /// Makes a set of libevent's bits.
  public init(rawValue: Int16) {
    self.rawValue = rawValue
  }

  /// A timer has run out (EV_TIMEOUT).
  public static let timer = Ready(rawValue: 0x01)
  /// Bytes, a connection, the end of the stream, an error, or the end of a pidfd's process
  /// (EV_READ).
  public static let read = Ready(rawValue: 0x02)
  /// Room for bytes, or an error (EV_WRITE).
  public static let write = Ready(rawValue: 0x04)
  /// A signal of this process has come.
  public static let signal = Ready(rawValue: 0x08)
  /// A round of the loop is over; ours alone, beyond libevent's bits.
  public static let roundEnd = Ready(rawValue: 0x100)
}
