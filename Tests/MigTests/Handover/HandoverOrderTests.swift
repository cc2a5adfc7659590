import BatonCore
import Testing

@testable import BatonMig

/// What has to come before what, and what must not be left from before.
@Suite(.timeLimit(.minutes(15))) struct HandoverOrderTests {
  /// Looks at the word in the moment in which a record goes out.
  private final class WatchingKernel: MortalKernel {
    var whenSending: (RecordType) -> Void = { _ in }

    override func send(
      _ fd: CInt, bytes: UnsafeRawBufferPointer, descriptors: UnsafeBufferPointer<CInt>
    ) throws(SystemError) -> Int {
      if let header = try? RecordHeader(Array(bytes).span.bytes, at: 0), let type = header.type {
        whenSending(type)
      }
      return try super.send(fd, bytes: bytes, descriptors: descriptors)
    }
  }

  /// What the word says now; a swap that is none.
  private func owner(_ side: MigrationSide?) -> Ownership? {
    side?.swap(from: .revoked, to: .revoked)
  }

  @Test func `the bell is rung behind the swap, and RUNNING is said behind its own`() throws {
    let kernel = WatchingKernel()
    let stage = try Stage(kernel: kernel, isVirtual: true)
    var found: [RecordType: Ownership?] = [:]
    kernel.whenSending = { [unowned stage] type in
      found[type] = self.owner(stage.source.outgoing?.side)
    }
    try stage.start()
    stage.settle()
    #expect(found[.doorbell] == .offered)
    #expect(found[.running] == .running)
    kernel.whenSending = { _ in }
  }

  @Test func `no stamp of an attempt is left in the next one`() throws {
    let stage = try Stage()
    stage.target.devices[0].refuses = [.load: Refusal(.invalid)]
    try stage.start()
    stage.settle()
    #expect((stage.source.outgoing?.stamps.saved ?? 0) > 0)
    #expect((stage.target.incoming?.stamps.received ?? 0) > 0)
    stage.target.devices[0].refuses = [.inspect: Refusal(.invalid)]
    try stage.start()
    stage.settle()
    #expect(stage.source.outgoing?.stamps == HandoverStamps())
    #expect(stage.target.incoming?.stamps == HandoverStamps())
    #expect(stage.source.outgoing?.mutatingCallsBeforeTake == nil)
  }

  /// The target is slow to apply the state, or cannot at all.
  @Test(arguments: [false, true])
  func `a guest that was condemned meanwhile is given back at once`(cannotApply: Bool) throws {
    let stage = try Stage(isVirtual: true)
    stage.target.devices[0].whenAsked = { [unowned stage] step in
      guard step == .take else { return }
      #expect(stage.source.outgoing?.side.swap(from: .taken, to: .condemned) == .condemned)
    }
    if cannotApply { stage.target.devices[0].refuses = [.take: Refusal(.invalid)] }
    try stage.start()
    var last: Ownership?
    stage.target.whenReported = { [unowned stage] status in
      if status == .failed { last = self.owner(stage.target.incoming?.side) }
    }
    stage.settle()
    #expect(last == .revoked)
    stage.expectGuest(at: stage.source)
    // Nobody had to be killed for it.
    #expect(stage.kernel.killed == [])
    stage.target.devices[0].whenAsked = { _ in }
  }
}
