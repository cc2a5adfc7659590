import BatonCore

/// Which of the queues' descriptors the loop looks at, and when.
extension Tap {
  /// From how many queues on they are watched as one group: with fewer of them, what the group
  /// spares at a handover is less than what it costs with every frame (docs/PERFORMANCE.md).
  static let groupedFrom = 8

  /// Watches the queues for reading, unless that is so; those of a group not before the group is.
  ///
  /// A target calls it with the queues that it has been lent, so that nothing of it is left to do
  /// while the guest stands still.
  func watchQueues() {
    if queues.count >= Self.groupedFrom, group == nil { group = WatchGroup(loop) }
    // They get theirs in order: who has the last one watched has all of them.
    if let last = queues.last, last.readable != nil { return }
    for index in queues.indices where queues[index].readable == nil {
      queues[index].readable = watch(index, for: .read)
    }
  }

  /// Starts to watch one queue; what it calls is told from the id in `ready(_:watch:)`.
  func watch(_ queue: Int, for what: Ready) -> Watch {
    let (number, id) = (descriptors[queue], 2 * queue + (what == .read ? 0 : 1))
    return group?.watch(number, for: what, id: id, calling: self)
      ?? Watch(loop, descriptor: number, for: what, id: id, calling: self)
  }

  /// Stops both watches of every queue before anything else; no call touches the device.
  func hold() {
    flow = .held
    group?.suspend()
    // With a group there is mostly nothing to do here, and many queues are not looked at for it.
    if group != nil, !hasAwaitedRoom { return }
    for queue in queues { queue.hold(inGroup: group != nil) }
  }

  /// Somebody else moves the frames from here on, or not any more.
  func servedByChanged() {
    guard case .flowing = flow else { return }
    if isServedByKernel { hold() }
    serve()
  }

  /// Watches every queue, unless the kernel moves the frames.
  func serve() {
    flow = .flowing
    starvedCount = 0
    if isServedByKernel { return }
    watchQueues()
    // In a group only those that were starved stand still by themselves.
    if group == nil || hasStarved {
      hasStarved = false
      for queue in queues {
        queue.isStarved = false
        queue.readable?.resume()
      }
    }
    group?.resume()
  }

  /// Drops the watches, then the descriptors.
  func drop(to flow: Flow) {
    self.flow = flow
    starvedCount = 0
    // First: the kernel lets go of all of them at once.
    group = nil
    queues.removeAll()
    descriptors = Descriptors(in: kernel)
    network = nil
    // Another try, if the last call could not come back; that has been said.
    do throws(SystemError) { try comeHome() } catch {}
  }
}
