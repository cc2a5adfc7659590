import BatonCLinux

/// The one Sendable door into a loop: work posted from any thread is run on the loop's.
///
/// Work is run in the order of posting, at most ``worksPerRoundMax`` pieces in a round, so that a
/// busy poster does not starve the loop. What was posted before the mailbox is dropped is still
/// run, as long as the loop turns; when the loop ends first, it is dropped unrun. The mailbox may
/// be dropped on any thread and does not keep the loop alive.
public final class Mailbox: Sendable {
  /// How many pieces of work one round runs at most.
  public static let worksPerRoundMax = 256

  private let box: Box

  /// Opens a door into `loop`; call it on the loop's thread. Refused when there is no descriptor
  /// left.
  public init(_ loop: any Loop) throws(SystemError) {
    let bell = try Linux.createCounter()
    self.box = Box(bell: bell)
    loop.install(Drain(box, loop), bell: bell)
  }

  deinit { box.close() }

  /// Has `work` run on the loop's thread.
  public func post(_ work: @escaping @Sendable () -> Void) {
    box.put(work)
  }
}

extension Mailbox {
  /// What both threads hold: the work, under a lock, and the bell, which rings when the box was
  /// empty.
  ///
  /// The bell is real even on a simulated kernel, and is not called through it: a ``Kernel`` is
  /// confined.
  fileprivate final class Box: Sendable {
    private struct Waiting {
      var works: [@Sendable () -> Void] = []
      var isClosed = false
    }

    private let waiting = Locked(Waiting())
    private let bell: CInt

    init(bell: CInt) { self.bell = bell }

    deinit { Linux.close(bell) }

    func put(_ work: @escaping @Sendable () -> Void) {
      let wasEmpty = waiting.withLock { waiting in
        waiting.works.append(work)
        return waiting.works.count == 1
      }
      if wasEmpty { clinux_ring(bell) }
    }

    func close() {
      waiting.withLock { $0.isClosed = true }
      clinux_ring(bell)
    }

    /// Takes all the work there is, and says whether no more can come; the bell stays rung.
    func takeAll() -> (works: [@Sendable () -> Void], isClosed: Bool) {
      waiting.withLock { waiting in
        defer { waiting.works = [] }
        return (waiting.works, waiting.isClosed)
      }
    }

    /// Silences the bell, unless there is something that it has to ring for.
    ///
    /// What comes after the bell was silenced rings it, what came before is found here.
    func unring() {
      clinux_unring(bell)
      let isWaiting = waiting.withLock { !$0.works.isEmpty || $0.isClosed }
      if isWaiting { clinux_ring(bell) }
    }
  }

  /// The loop's side: kept alive by the loop, runs what the box holds.
  fileprivate final class Drain: Watcher {
    private let box: Box
    // Safe: the loop owns this, so it is there whenever this is called.
    private unowned(unsafe) let loop: any Loop
    private var works: [@Sendable () -> Void] = []
    private var done = 0
    private var isLast = false

    init(_ box: Box, _ loop: any Loop) {
      self.box = box
      // Safe: whoever makes a drain gives it to this loop, which owns it from then on.
      unsafe self.loop = loop
    }

    func ready(_ what: Ready, watch: Int) {
      if done == works.count {
        (works, isLast) = box.takeAll()
        done = 0
      }
      let end = min(works.count, done + Mailbox.worksPerRoundMax)
      while done < end {
        let work = works[done]
        done += 1
        work()
      }
      // The bell is still rung, so the rest comes in the next round.
      if done < works.count { return }
      works = []
      done = 0
      if isLast {
        // Safe: the loop is calling us, so it is alive.
        unsafe loop.dismiss(self)
      } else {
        box.unring()
      }
    }
  }
}
