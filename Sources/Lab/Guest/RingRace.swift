import BatonCore
package import BatonHost
package import BatonNet
import Foundation
import Synchronization

/// A guest on a thread of its own beside its device, that meet in guest memory alone: whether an
/// interrupt or a bell is ever lost.
///
/// Neither side looks before it is called, as with a real guest. Both at rest with frames on their
/// way is therefore a call that was lost, which is seen at once and without a clock: the guest says
/// up to which interrupt it has served, and whoever says so has rung before. The rings are short,
/// and the number of frames on their way changes, so that all four waits happen all the time: for a
/// frame, for a buffer to answer in, for a frame to send, for a buffer to receive into.
package final class RingRace {
  /// What was seen.
  package struct Report: Equatable, Sendable {
    /// Frames that the guest answered, in order.
    package var frames: UInt64 = 0
    /// Rests in which frames waited for the guest, and no interrupt was raised for them.
    package var lostInterrupts: UInt64 = 0
    /// Rests in which the guest had answered, or given buffers, and had not rung.
    package var lostBells: UInt64 = 0
    /// Answers that were not the next one.
    package var wrongFrames: UInt64 = 0
    /// Interrupts and bells.
    package var calls: UInt64 = 0
    package var seconds: Double = 0

    package var isClean: Bool { lostInterrupts == 0 && lostBells == 0 && wrongFrames == 0 }
  }

  private static let queueSize: UInt16 = 8
  /// How many frames are on their way at most, in turn.
  private static let windows = [2, 1, 2, 3, 2, 12, 2, 4]
  private static let windowFrames: UInt64 = 64

  private let shared: ThreadedGuest
  private let device: VirtioNet
  private let lines = GuestLines()
  private var report = Report()
  private var probe = ProbeFrame()
  private var injected: UInt64 = 0
  /// The sink refuses a frame each so often, so that the ring fills.
  private var patience = 0
  private var bells: (sent: UInt64, given: UInt64) = (0, 0)
  private var isStarved = false
  private var mustTransmit = false
  /// Where in the guest's step the device comes is left to chance (xorshift64).
  private var chance: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// A guest that has booted, with event indices or with flags.
  package init(wantsEventIndex: Bool) throws(GuestError) {
    shared = try ThreadedGuest(queueSize: Self.queueSize, wantsEventIndex: wantsEventIndex)
    device = shared.device
  }

  /// Sends so many frames, or as many as there is time for.
  package func run(frames: UInt64, seconds: Double) -> Report {
    let lines = lines
    shared.start { guest in
      lines.isThere.store(true, ordering: .releasing)
      // One that does not know itself answers nothing, which the report shows.
      if let guest { Self.runGuest(guest, lines) }
      lines.isGone.store(true, ordering: .releasing)
    }
    // On one processor nothing is ever in flight; a refusal only makes the test a weaker one.
    LabKernel().stayOn(0)
    defer { LabKernel().stayOn(-1) }
    while !lines.isThere.load(ordering: .acquiring) { sched_yield() }
    let start = ContinuousClock.now
    var rounds = 0
    while report.frames < frames {
      rounds &+= 1
      if rounds & 0xfff == 0, (ContinuousClock.now - start) / .seconds(1) > seconds { break }
      let isBusy = transmit() || receive(upTo: frames)
      device.flushInterrupts(to: self)
      if !isBusy { rest() }
    }
    lines.isOver.store(true, ordering: .sequentiallyConsistent)
    while !lines.isGone.load(ordering: .acquiring) { sched_yield() }
    report.seconds = (ContinuousClock.now - start) / .seconds(1)
    report.calls =
      lines.interrupts.load(ordering: .relaxed) + lines.sent.load(ordering: .relaxed)
      + lines.given.load(ordering: .relaxed)
    return report
  }

  private static func runGuest(_ guest: SoftwareGuest, _ lines: GuestLines) {
    var served: UInt64 = 0
    var spins = 0
    while !lines.isOver.load(ordering: .relaxed) {
      let raised = lines.interrupts.load(ordering: .acquiring)
      guard raised != served else {
        spins &+= 1
        if spins & 0x3ff == 0 { sched_yield() }
        continue
      }
      var kicks: SoftwareGuest.Kicks
      repeat {
        kicks = guest.step(queue: 0)
        if kicks.contains(.transmit) { lines.sent.add(1, ordering: .acquiringAndReleasing) }
        if kicks.contains(.receive) { lines.given.add(1, ordering: .acquiringAndReleasing) }
      } while kicks.contains(.again)
      served = raised
      lines.served.store(raised, ordering: .releasing)
    }
  }
}

// MARK: - The device's thread

extension RingRace {
  /// Lets up to half a microsecond pass, so that every meeting of the two comes about.
  private func dawdle() {
    chance ^= chance << 13
    chance ^= chance >> 7
    chance ^= chance << 17
    for _ in 0..<(chance & 0x1ff) where lines.isOver.load(ordering: .relaxed) { return }
  }

  /// Sends what the guest rang for.
  private func transmit() -> Bool {
    let rung = lines.sent.load(ordering: .acquiring)
    guard mustTransmit || rung != bells.sent else { return false }
    bells.sent = rung
    dawdle()
    let outcome = device.transmit(pair: 0, limit: 4, to: self)
    mustTransmit = outcome == .limited || outcome == .blocked
    return true
  }

  /// Gives the guest frames while it has buffers, and no more than may be on their way.
  private func receive(upTo frames: UInt64) -> Bool {
    let rung = lines.given.load(ordering: .acquiring)
    if rung != bells.given { (bells.given, isStarved) = (rung, false) }
    let turn = Int(report.frames / Self.windowFrames) % Self.windows.count
    var isBusy = false
    while !isStarved, injected < frames, injected - report.frames < Self.windows[turn] {
      dawdle()
      guard device.canReceive(pair: 0) else {
        isStarved = true
        return isBusy
      }
      // Safe: the frame is lent for the call.
      _ = unsafe probe.with(number: injected) { unsafe device.receive(frame: $0, pair: 0) }
      // At once, or for several frames together.
      if chance & 1 == 0 { device.flushInterrupts(to: self) }
      injected += 1
      isBusy = true
    }
    return isBusy
  }

  /// Nothing to do here: if the guest has nothing to do either, a call was lost.
  private func rest() {
    let raised = lines.interrupts.load(ordering: .relaxed)
    guard lines.served.load(ordering: .acquiring) == raised,
      lines.sent.load(ordering: .acquiring) == bells.sent,
      lines.given.load(ordering: .acquiring) == bells.given
    else { return }
    if device.hasFramesToTransmit(pair: 0) || isStarved && device.canReceive(pair: 0) {
      report.lostBells += 1
    } else {
      report.lostInterrupts += 1
    }
    // Goes on, so that they can be counted.
    (mustTransmit, isStarved) = (true, false)
    lines.interrupts.add(1, ordering: .acquiringAndReleasing)
  }
}

extension RingRace: FrameSink {
  package func write(pair: Int, frame: UnsafeRawBufferPointer) -> WriteOutcome {
    patience += 1
    guard patience % 7 != 0 else { return .wouldBlock }
    // Safe: the frame is lent for the call.
    if unsafe ProbeFrame.number(of: frame) != report.frames { report.wrongFrames += 1 }
    report.frames += 1
    return .written
  }
}

extension RingRace: Interrupting {
  package func interrupt(queue: Int) {
    lines.interrupts.add(1, ordering: .acquiringAndReleasing)
  }

  package func interruptForConfiguration() {}
}

@available(*, unavailable) extension RingRace: Sendable {}
