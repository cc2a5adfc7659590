import BatonCore
import Foundation
import Testing

/// Descriptors that are watched and let go of as one.
@Suite(.timeLimit(.minutes(15))) struct LoopGroupTests {
  let kernel = Kernel()

  /// Pairs of sockets: one end is watched in a group, the other is for the test.
  struct Watched {
    let ends: [(near: Box<Descriptor>, far: Box<Descriptor>)]
    let group: Box<WatchGroup>
    let recorder = Recorder()

    init(_ loop: any Loop, _ kernel: Kernel, count: Int) throws {
      ends = try (0..<count).map { _ in try kernel.pair() }
      group = Box(WatchGroup(loop))
      for index in 0..<count {
        recorder.watches[index] = Box(
          group.value.watch(
            ends[index].far.value.number, for: .read, id: index, calling: recorder))
      }
    }
  }

  @Test(arguments: LoopKind.allCases)
  func `a group begins suspended, and tells afterwards what its members missed`(
    kind: LoopKind
  ) throws {
    let (loop, poll) = kind.make(kernel)
    let watched = try Watched(loop, kernel, count: 100)
    for index in [3, 99] { try kernel.send(watched.ends[index].near.value.number, "x") }
    #expect(!poll())
    watched.group.value.resume()
    watched.group.value.resume()
    #expect(poll())
    #expect(watched.recorder.order.sorted() == [3, 99])
    #expect(poll())
    #expect(watched.recorder.calls.count == 4)
    watched.group.value.suspend()
    watched.group.value.suspend()
    #expect(!poll())
    watched.group.value.resume()
    watched.recorder.watches[3]?.value.suspend()
    #expect(poll())
    #expect(watched.recorder.order.suffix(1) == [99] && watched.recorder.calls.count == 5)
    watched.group.value.suspend()
    watched.recorder.watches[3]?.value.resume()
    #expect(!poll())
    watched.group.value.resume()
    #expect(poll())
    #expect(watched.recorder.calls.count == 7)
  }

  @Test(arguments: LoopKind.allCases)
  func `a member that an earlier one of the round removes is not called`(kind: LoopKind) throws {
    let (loop, poll) = kind.make(kernel)
    let watched = try Watched(loop, kernel, count: 3)
    for end in watched.ends { try kernel.send(end.near.value.number, "x") }
    watched.recorder.react = { this, _, id in
      for other in 0..<3 where other != id { this.watches[other] = nil }
      // Takes the place of one that is gone, and was not ready for it.
      this.watches[3] = Box(
        watched.group.value.watch(
          watched.ends[0].near.value.number, for: .read, id: 3, calling: this))
    }
    watched.group.value.resume()
    #expect(poll())
    #expect(watched.recorder.calls.count == 1)
    watched.recorder.react = { _, _, _ in }
    #expect(poll())
    #expect(watched.recorder.calls.count == 2 && Set(watched.recorder.order).count == 1)
  }

  @Test(arguments: LoopKind.allCases)
  func `a group that a member suspends in a round calls nobody more`(kind: LoopKind) throws {
    let (loop, poll) = kind.make(kernel)
    let watched = try Watched(loop, kernel, count: 3)
    for end in watched.ends { try kernel.send(end.near.value.number, "x") }
    let group = watched.group
    watched.recorder.react = { _, _, _ in group.value.suspend() }
    watched.group.value.resume()
    #expect(poll())
    #expect(!poll())
    #expect(watched.recorder.calls.count == 1)
  }

  @Test(arguments: LoopKind.allCases)
  func `members outlive their group and call nobody`(kind: LoopKind) throws {
    let (loop, poll) = kind.make(kernel)
    let recorder = Recorder()
    let (near, far) = try kernel.pair()
    do {
      var group = WatchGroup(loop)
      group.resume()
      recorder.watches[0] = Box(
        group.watch(far.value.number, for: .read, id: 0, calling: recorder))
    }
    try kernel.send(near.value.number, "x")
    #expect(!poll())
    recorder.watches = [:]
    #expect(!poll())
  }

  @Test func `a file that epoll does not take is asked for, as long as its group is watched`()
    throws
  {
    let loop = EventLoop(kernel: kernel)
    let watched = try Watched(loop, kernel, count: 1)
    let file = Descriptor(
      owning: try kernel.createMemory(name: "test", byteCount: 8), in: kernel)
    watched.recorder.watches[7] = Box(
      watched.group.value.watch(file.number, for: .read, id: 7, calling: watched.recorder))
    #expect(loop.untakenCount == 0)
    watched.group.value.resume()
    #expect(loop.untakenCount == 1)
    loop.run(while: watched.recorder.calls.count < 2)
    #expect(watched.recorder.order == [7, 7])
    watched.group.value.suspend()
    #expect(loop.untakenCount == 0)
    watched.recorder.watches[7] = nil
  }

  @Test func `a process without a descriptor for the set watches its members one by one`() async {
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      let loop = EventLoop(kernel: kernel)
      let (near, far) = try kernel.pair()
      let recorder = Recorder()
      // No descriptor can be opened from here on.
      var limit = rlimit()
      _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      limit.rlim_cur = rlim_t(far.value.number + 1)
      _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      var group = WatchGroup(loop)
      recorder.watches[0] = Box(
        group.watch(far.value.number, for: .read, id: 0, calling: recorder))
      try kernel.send(near.value.number, "x")
      check(!loop.poll(), "the group is suspended")
      group.resume()
      check(loop.poll() && recorder.order == [0], "its member is called")
      group.suspend()
      check(!loop.poll(), "the group is suspended again")
    }
  }
}
