import BatonCore
import Foundation
import Synchronization
import Testing

/// What the loop's thread notes.
private final class Notes: Sendable {
  private let guarded = Mutex<(posts: [Int], drops: Int)>(([], 0))

  var posts: [Int] { guarded.withLock { $0.posts } }
  var drops: Int { guarded.withLock { $0.drops } }

  func add(_ post: Int) { guarded.withLock { $0.posts.append(post) } }
  func drop() { guarded.withLock { $0.drops += 1 } }
}

/// A mailbox that another thread lets go of.
private final class Holder: Sendable {
  private let held: Mutex<Mailbox?>

  init(_ mailbox: Mailbox) { held = Mutex(mailbox) }

  func post(_ work: @escaping @Sendable () -> Void) { held.withLock { $0?.post(work) } }
  func letGo() { held.withLock { $0 = nil } }
}

@Suite(.timeLimit(.minutes(15))) struct LoopMailboxTests {
  @Test(.timeLimit(.minutes(15)), arguments: LoopKind.allCases)
  func `work of four threads all arrives, in the order of each`(kind: LoopKind) throws {
    let (loop, poll) = kind.make()
    let mailbox = try Mailbox(loop)
    let (threads, each) = (4, 10_000)
    let notes = Notes()
    for thread in 0..<threads {
      Thread.detachNewThread {
        for number in 0..<each {
          mailbox.post { notes.add(thread * each + number) }
        }
      }
    }
    let deadline = Deadline()
    while notes.posts.count < threads * each, !deadline.isOver() { _ = poll() }
    for thread in 0..<threads {
      let own = notes.posts.filter { $0 / each == thread }
      #expect(own == Array(thread * each..<(thread + 1) * each))
    }
  }

  @Test(.timeLimit(.minutes(15)))
  func `a post wakes a loop that waits`() throws {
    let loop = EventLoop(kernel: Kernel())
    let mailbox = try Mailbox(loop)
    let notes = Notes()
    Thread.detachNewThread { mailbox.post { notes.add(1) } }
    loop.run(while: notes.posts.isEmpty)
    #expect(notes.posts == [1])
  }

  @Test(arguments: LoopKind.allCases)
  func `one round runs a bounded part, and the rest follows`(kind: LoopKind) throws {
    let (loop, poll) = kind.make()
    let mailbox = try Mailbox(loop)
    let notes = Notes()
    let (most, count) = (Mailbox.worksPerRoundMax, Mailbox.worksPerRoundMax * 2 + 1)
    for number in 0..<count { mailbox.post { notes.add(number) } }
    var sizes: [Int] = []
    let deadline = Deadline()
    while poll(), !deadline.isOver() { sizes.append(notes.posts.count) }
    #expect(sizes == [most, 2 * most, count])
    #expect(notes.posts == Array(0..<count))
  }

  @Test(arguments: LoopKind.allCases)
  func `work may post more work`(kind: LoopKind) throws {
    let (loop, poll) = kind.make()
    let mailbox = try Mailbox(loop)
    let notes = Notes()
    mailbox.post {
      notes.add(1)
      mailbox.post { notes.add(3) }
    }
    mailbox.post { notes.add(2) }
    let deadline = Deadline()
    while poll(), !deadline.isOver() {}
    #expect(notes.posts == [1, 2, 3])
  }

  @Test(.timeLimit(.minutes(15)), arguments: LoopKind.allCases)
  func `a mailbox dropped on another thread still delivers, then lets the loop go`(
    kind: LoopKind
  ) throws {
    final class Witness: Kernel {
      var onDeinit: () -> Void = {}
      deinit { onDeinit() }
    }
    let notes = Notes()
    do {
      let kernel = Witness()
      kernel.onDeinit = { notes.drop() }
      let (loop, poll) = kind.make(kernel)
      try dropElsewhere(Mailbox(loop), notes)
      let deadline = Deadline()
      while poll(), !deadline.isOver() {}
      #expect(notes.posts == [1])
      #expect(!poll())
      _ = consume loop
    }
    #expect(notes.drops == 1)
  }

  private func dropElsewhere(_ mailbox: Mailbox, _ notes: Notes) {
    let done = DispatchSemaphore(value: 0)
    let last = Holder(mailbox)
    Thread.detachNewThread {
      last.post { notes.add(1) }
      last.letGo()
      done.signal()
    }
    #expect(done.wait(timeout: .now() + 30) == .success)
  }

  @Test(arguments: LoopKind.allCases)
  func `a mailbox outlives its loop, and what is posted then is dropped`(kind: LoopKind) throws {
    final class Token: Sendable {
      let notes: Notes
      init(_ notes: Notes) { self.notes = notes }
      deinit { notes.drop() }
    }
    let notes = Notes()
    var mailbox: Mailbox?
    do {
      let (loop, _) = kind.make()
      mailbox = try Mailbox(loop)
    }
    let token = Token(notes)
    mailbox?.post { _ = token }
    _ = consume token
    #expect(notes.drops == 0)
    mailbox = nil
    #expect(notes.drops == 1)
  }
}
