/// What this software says of itself.
public enum Baton: Sendable {
  /// The version of the software, which HELLO tells the other side for its log. Nothing is decided
  /// by it: what two sides can do with each other, the protocol's versions say.
  public static let version: StaticString = "0.1.0"
}
