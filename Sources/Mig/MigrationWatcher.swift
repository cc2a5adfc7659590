public import BatonCore

/// Someone who wants to know how a migration goes.
public protocol MigrationWatcher: AnyObject {
  /// The status changed; also called when it is reported anew.
  func migration(status: MigrationStatus)
  /// Something went wrong that does not end anything, for instance a property that could not be
  /// put back.
  func migration(warning: Refusal)
}
