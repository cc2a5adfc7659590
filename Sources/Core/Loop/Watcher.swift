/// Something the loop calls back; it owns its watches, so it outlives them.
///
/// In the call it may drop the watch it was called for, drop itself, and add or drop any other. The
/// loop keeps it alive until the call is over.
public protocol Watcher: AnyObject {
  /// `what` has happened to the watch that was made with the id `watch`.
  func ready(_ what: Ready, watch: Int)
}
