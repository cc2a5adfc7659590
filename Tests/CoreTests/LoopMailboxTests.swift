import BatonCore
import Foundation
import Testing

/// What the loop's thread notes; the loop's thread alone uses it.
private final class Notes: @unchecked Sendable {
  var posts: [Int] = []
  var drops = 0
}

struct LoopMailboxTests {
  @Test(.timeLimit(.minutes(1)), arguments: LoopKind.allCases)
  func `work of four threads all arrives, in the order of each`(kind: LoopKind) throws {
    let (loop, poll) = kind.make()
    let mailbox = try Mailbox(loop)
    let (threads, each) = (4, 10_000)
    let notes = Notes()
    for thread in 0..<threads {
      Thread.detachNewThread {
        for number in 0..<each {
          mailbox.post { notes.posts.append(thread * each + number) }
        }
      }
    }
    while notes.posts.count < threads * each { _ = poll() }
    for thread in 0..<threads {
      let own = notes.posts.filter { $0 / each == thread }
      #expect(own == Array(thread * each..<(thread + 1) * each))
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a post wakes a loop that waits`() throws {
    let loop = EventLoop(kernel: Kernel())
    let mailbox = try Mailbox(loop)
    let notes = Notes()
    Thread.detachNewThread { mailbox.post { notes.posts.append(1) } }
    while notes.posts.isEmpty { loop.runOnce() }
    #expect(notes.posts == [1])
  }

  @Test(arguments: LoopKind.allCases)
  func `one round runs a bounded part, and the rest follows`(kind: LoopKind) throws {
    let (loop, poll) = kind.make()
    let mailbox = try Mailbox(loop)
    let notes = Notes()
    let (most, count) = (Mailbox.worksPerRoundMax, Mailbox.worksPerRoundMax * 2 + 1)
    for number in 0..<count { mailbox.post { notes.posts.append(number) } }
    var sizes: [Int] = []
    while poll() { sizes.append(notes.posts.count) }
    #expect(sizes == [most, 2 * most, count])
    #expect(notes.posts == Array(0..<count))
  }

  @Test(arguments: LoopKind.allCases)
  func `work may post more work`(kind: LoopKind) throws {
    let (loop, poll) = kind.make()
    let mailbox = try Mailbox(loop)
    let notes = Notes()
    mailbox.post {
      notes.posts.append(1)
      mailbox.post { notes.posts.append(3) }
    }
    mailbox.post { notes.posts.append(2) }
    while poll() {}
    #expect(notes.posts == [1, 2, 3])
  }

  @Test(.timeLimit(.minutes(1)), arguments: LoopKind.allCases)
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
      kernel.onDeinit = { notes.drops += 1 }
      let (loop, poll) = kind.make(kernel)
      try dropElsewhere(Mailbox(loop), notes)
      while poll() {}
      #expect(notes.posts == [1])
      #expect(!poll())
      _ = consume loop
    }
    #expect(notes.drops == 1)
  }

  private func dropElsewhere(_ mailbox: Mailbox, _ notes: Notes) {
    let done = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var last: Mailbox? = mailbox
    Thread.detachNewThread {
      last?.post { notes.posts.append(1) }
      last = nil
      done.signal()
    }
    done.wait()
  }

  @Test(arguments: LoopKind.allCases)
  func `a mailbox outlives its loop, and what is posted then is dropped`(kind: LoopKind) throws {
    final class Token: Sendable {
      let notes: Notes
      init(_ notes: Notes) { self.notes = notes }
      deinit { notes.drops += 1 }
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
