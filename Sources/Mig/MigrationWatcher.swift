public import BatonCore

/// Who made a migration, owns it, and is told on the loop how it goes.
///
/// A command may be given inside these calls: it is handled when the step that called is done, and
/// what the chart refuses then is not thrown.
public protocol MigrationWatcher: AnyObject {
  /// The status changed; also called when it is reported anew.
  func migration(status: MigrationStatus)
  /// Something went wrong that does not end anything, for instance a property that could not be
  /// put back.
  func migration(warning: Refusal)
}
