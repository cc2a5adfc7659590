import BatonCore
import Testing

@testable import BatonMig

/// A watch goes before what it watches, and descriptors that were lost are missed.
@Suite(.timeLimit(.minutes(15))) struct ChannelLifetimeTests {
  /// A kernel that looks whether what it closes is still watched.
  private final class WatchfulKernel: MortalKernel {
    weak var loop: VirtualLoop?
    private(set) var closedWatched: [CInt] = []
    var truncates = false

    override func close(_ fd: CInt) {
      if let loop, !loop.watched(fd).isEmpty { closedWatched.append(fd) }
      super.close(fd)
    }

    override func receive(
      _ fd: CInt, into buffer: UnsafeMutableRawBufferPointer,
      descriptors: UnsafeMutableBufferPointer<CInt>
    ) throws(SystemError) -> Received {
      var received = try super.receive(fd, into: buffer, descriptors: descriptors)
      if truncates { received.isTruncated = true }
      return received
    }
  }

  private final class Owner: ChannelOwner, Watcher {
    private(set) var refusals: [Refusal] = []
    private(set) var types: [RecordType] = []

    func channel(
      received type: RecordType, _ payload: borrowing RawSpan,
      _ descriptors: consuming Descriptors
    ) { types.append(type) }
    func channelDrained() {}
    func channelClosed() {}
    func channelBroken(_ refusal: Refusal) { refusals.append(refusal) }
    func ready(_ what: Ready, watch: Int) {}
  }

  private let kernel = WatchfulKernel()
  private let loop: VirtualLoop
  private let owner = Owner()

  init() {
    loop = VirtualLoop(kernel: kernel, asksKernel: true)
    kernel.loop = loop
  }

  private func pair() throws -> (number: CInt, stranger: Stranger) {
    let (near, far) = try kernel.socketPair()
    return (near, Stranger(kernel, far))
  }

  @Test func `nothing that is closed is watched`() throws {
    do {
      let (number, _) = try pair()
      let channel = Channel(loop, Descriptor(owning: number, in: kernel), owner: owner)
      #expect(loop.watched(number) == .read)
      _ = consume channel
    }
    do {
      let (number, _) = try pair()
      let peer = try Peer(loop, Descriptor(owning: number, in: kernel), owner: owner)
      #expect(loop.watched(kernel.processes[0]) == .read)
      _ = consume peer
    }
    #expect(kernel.closedWatched == [])
    #expect(kernel.open == [])
  }

  @Test func `no side of a handover closes what it watches`() throws {
    let kernel = WatchfulKernel()
    let stage = try Stage(kernel: kernel, isVirtual: true)
    kernel.loop = stage.loop as? VirtualLoop
    try stage.start()
    stage.settle()
    stage.expectGuest(at: stage.target)
    stage.source.finish()
    stage.target.finish()
    #expect(kernel.closedWatched == [])
  }

  @Test func `descriptors that the kernel dropped break the channel`() throws {
    let (number, stranger) = try pair()
    let channel = Channel(loop, Descriptor(owning: number, in: kernel), owner: owner)
    kernel.truncates = true
    try stranger.send(.bye)
    _ = loop.poll()
    #expect(owner.types == [])
    let full = SystemError(call: .receive, code: Errno.processTableFull)
    #expect(owner.refusals == [Refusal(full)])
    channel.close()
  }
}
