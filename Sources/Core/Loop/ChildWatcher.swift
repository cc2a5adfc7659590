/// Something that owns a ``ChildWatch`` and is told of the child's end.
///
/// In the call it may drop that watch, drop itself, and start another child.
public protocol ChildWatcher: AnyObject {
  /// The child that was started with the id `child` has ended and is reaped.
  ///
  /// The status is nil when the kernel kept none: then this process ignores SIGCHLD.
  func ended(_ status: ExitStatus?, child: Int)
}
