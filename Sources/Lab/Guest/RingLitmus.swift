import BatonCore
package import BatonHost
package import BatonNet
import Foundation
import Synchronization

/// Guest and device that come to one barrier at one time, round after round (virtio 1.2, 2.7.13).
///
///     device                                  guest
///     shows what it has done                  asks to be called
///     ── barrier ──                           ── barrier ──
///     looks whether the guest asked           looks whether there is something
///
/// A processor may do the look before others see what was stored before it. Without a barrier on
/// either side both may look too early: the guest rests, and nobody calls it. So with the sides
/// exchanged for the bell. ``RingRace`` lets both run freely and finds whatever it finds; here they
/// are brought to the place where it can happen, and one such round ends it.
///
/// It drives the rings and the guest that everybody uses. Only an optimised build comes from the
/// store to the look so quickly that the processor is still at the store; a debug build never
/// notices that a barrier is missing.
@safe package final class RingLitmus {
  /// What the two do at the same time.
  package enum Meeting: String, CaseIterable, Sendable {
    /// The device completes a frame for the guest, which comes to rest.
    case received
    /// The device completes an answer of the guest, which has no buffer left.
    case sent
    /// The guest offers an answer, the device has sent all that there was.
    case offered
    /// The guest gives a buffer back, the device has none left.
    case given

    /// Whether it is the device that looks for something, and the guest that calls.
    var isForBell: Bool { self == .offered || self == .given }
  }

  /// What was seen.
  package struct Report: CustomStringConvertible, Sendable {
    package var rounds: UInt64 = 0
    /// Rounds after which one side waited to be called for what was there, and the other did not.
    package var lost: UInt64 = 0
    /// Rounds in which the side that looks saw what the other one did; about half of them when the
    /// two really meet.
    package var seen: UInt64 = 0
    /// Whether a round went another way than it must whatever the order.
    package var isBroken = false
    package var seconds: Double = 0

    package var isClean: Bool { lost == 0 && !isBroken }

    package var description: String {
      let share = String(format: "%.0f %%", 100 * Double(seen) / Double(max(1, rounds)))
      let end =
        lost > 0 ? "a call was LOST" : isBroken ? "a round was BROKEN" : "no call was lost"
      return "\(rounds) rounds, \(share) seen, \(end), \(String(format: "%.3f s", seconds))"
    }
  }

  private let meeting: Meeting
  private let wantsEventIndex: Bool
  private let shared: ThreadedGuest
  private let device: VirtioNet
  private let point = MeetingPoint()
  private var report = Report()
  /// What the guest is given.
  private let byteCount: Int
  private let frame: UnsafeMutableRawBufferPointer
  /// What was read of the guest's frames, so that reading them is not left out.
  private var sum: UInt64 = 0
  /// Where it is the device that calls, its rings are driven by themselves: on the way through all
  /// of it the processor is done with the store.
  private var received: SplitRing
  private var sent: SplitRing
  /// Frames given to the guest since the rounds began or before.
  private var framesGiven: UInt64 = 0
  /// Interrupts of this round, by the queues of the pair.
  private var interrupts = (receive: false, transmit: false)
  private var turn: UInt64 = 0
  /// How much later than the guest the device begins; follows what was seen.
  private var lead = 0
  /// xorshift64.
  private var chance: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// Prepares rounds of one kind, with event indices or with flags.
  ///
  /// A guest that uses flags is not told to be silent, and rings whatever it sees.
  package init(_ meeting: Meeting, wantsEventIndex: Bool) throws(GuestError) {
    self.meeting = meeting
    self.wantsEventIndex = wantsEventIndex
    shared = try ThreadedGuest(
      queueSize: meeting == .given ? 1 : 8, wantsEventIndex: wantsEventIndex)
    device = shared.device
    received = device.ring(0)
    sent = device.ring(1)
    var probe = ProbeFrame()
    // Safe: only the size is read.
    byteCount = unsafe probe.with(number: 0) { $0.count }
    // Safe: as long as the frame, given back in `deinit`. An array would be retained and released
    // for each use, which are full barriers.
    unsafe frame = .allocate(byteCount: byteCount, alignment: 64)
    // Safe: as long as it was made. All zeros are a frame for somebody else.
    unsafe frame.initializeMemory(as: UInt8.self, repeating: 0)
    guard meeting != .given else { return }
    // Safe: as long as it was made.
    unsafe probe.with(number: 0) { unsafe frame.copyMemory(from: $0) }
  }

  deinit {
    // Safe: allocated in `init`, lent to nobody.
    unsafe frame.deallocate()
  }

  /// Plays so many rounds, or as many as there is time for, or until a call was lost.
  package func run(rounds: UInt64, seconds: Double) -> Report {
    let (meeting, point) = (meeting, point)
    shared.start { guest in
      if let guest { Self.runGuest(guest, meeting, point) }
      point.guestGoes()
    }
    LabKernel().stayOn(0)
    defer { LabKernel().stayOn(-1) }
    let start = ContinuousClock.now
    prepare()
    while report.rounds < rounds, report.lost == 0, !report.isBroken {
      if report.rounds & 0xff == 0, (ContinuousClock.now - start) / .seconds(1) > seconds { break }
      play()
    }
    point.end()
    report.seconds = (ContinuousClock.now - start) / .seconds(1)
    return report
  }
}

// MARK: - The guest's thread

extension RingLitmus {
  /// The turns are those of ``play()``: one begins a round, the next ends it.
  private static func runGuest(_ guest: SoftwareGuest, _ meeting: Meeting, _ point: MeetingPoint) {
    var turn: UInt64 = 0
    while true {
      turn += 1
      guard point.guestComes(to: turn) else { return }
      point.wait(point.guestDelay.load(ordering: .relaxed))
      let kicks = guest.step(queue: 0)
      let traffic = guest.traffic(pair: 0)
      point.framesIn.store(traffic.framesIn, ordering: .relaxed)
      point.framesOut.store(traffic.framesOut, ordering: .relaxed)
      point.kicks.store(kicks.rawValue, ordering: .relaxed)
      turn += 1
      guard point.guestComes(to: turn) else { return }
      // What it has not seen it would be called for now, or is called for all the same.
      if !meeting.isForBell { _ = guest.step(queue: 0) }
    }
  }
}

// MARK: - The device's thread

extension RingLitmus {
  /// Brings both to where the rounds begin; the guest runs alone where it has to.
  private func prepare() {
    // It has found itself in its memory before anything changes there.
    meet {}
    switch meeting {
    case .received: break
    case .given: give()
    case .sent:
      for _ in 0..<8 { give() }
      meet {}
    case .offered:
      give()
      meet {}
      give()
    }
    device.flushInterrupts(to: self)
    (received, sent) = (device.ring(0), device.ring(1))
  }

  /// One round of both.
  private func play() {
    report.rounds += 1
    chance ^= chance << 13
    chance ^= chance >> 7
    chance ^= chance << 17
    // Now and then a wide look around, mostly a narrow one.
    let mask: UInt64 = chance & 0x700 == 0 ? 0xff : 0xf
    let late = Int(chance >> 16 & mask)
    point.guestDelay.store(max(0, -lead) + Int(chance >> 32 & mask), ordering: .relaxed)
    interrupts = (false, false)
    var hasSeen = false
    meet {
      point.wait(max(0, lead) + late)
      hasSeen = act()
    }
    if !report.isBroken { judge(hasSeen) }
  }

  /// Lets the guest run, and something happen meanwhile.
  private func meet(_ meanwhile: () -> Void) {
    turn += 2
    guard point.deviceComes(to: turn - 1) else {
      report.isBroken = true
      return
    }
    meanwhile()
    if !point.deviceComes(to: turn) { report.isBroken = true }
  }

  /// The device's part of a round; whether it has seen what the guest did, where it looks for that.
  private func act() -> Bool {
    switch meeting {
    case .received:
      framesGiven += 1
      complete(&received)
      interrupts.receive = show(&received)
      return false
    case .sent:
      framesGiven += 1
      complete(&received)
      interrupts.receive = show(&received)
      complete(&sent)
      point.wait(Int(chance >> 48 & 0x7f))
      interrupts.transmit = show(&sent)
      return false
    case .offered:
      let outcome = device.transmit(pair: 0, limit: 1, to: self)
      if outcome == .stopped { report.isBroken = true }
      return outcome == .limited
    case .given: return device.canReceive(pair: 0)
    }
  }

  /// Completes one chain more.
  private func complete(_ ring: inout SplitRing) {
    // A device looks for a chain first.
    guard let count = try? ring.availableCount(), count > 0 else {
      report.isBroken = true
      return
    }
    // Guest and device go round in order, so that each place has the chain of its number.
    ring.complete(head: ring.nextAvailable & 7, byteCount: byteCount)
  }

  /// Shows the guest what was completed; whether it is to be interrupted.
  private func show(_ ring: inout SplitRing) -> Bool {
    ring.publish() && ring.wantsInterrupt(usesEventIndex: wantsEventIndex)
  }

  /// Whether a call was lost, and who shall begin earlier next time.
  private func judge(_ hasSeen: Bool) {
    let kicks = SoftwareGuest.Kicks(rawValue: point.kicks.load(ordering: .relaxed))
    let isInterrupted = interrupts.receive || interrupts.transmit
    var (hasSeen, isCalled) = (hasSeen, isInterrupted)
    // The sooner the side that looks, the less it sees.
    var isDeviceLate = hasSeen
    switch meeting {
    case .received:
      hasSeen = point.framesIn.load(ordering: .relaxed) == framesGiven
      isDeviceLate = !hasSeen
    case .sent:
      hasSeen = point.framesOut.load(ordering: .relaxed) == framesGiven
      // Whether the frame comes as the guest looks for one and has found none.
      isDeviceLate = interrupts.receive && !hasSeen
    case .offered: isCalled = kicks.contains(.transmit)
    case .given: isCalled = kicks.contains(.receive)
    }
    lead = min(1 << 12, max(-1 << 12, lead + (isDeviceLate ? -1 : 1)))
    if hasSeen { report.seen += 1 }
    if !hasSeen, !isCalled { report.lost += 1 }
    if meeting.isForBell {
      give()
      device.flushInterrupts(to: self)
    }
  }

  /// Gives the guest a frame, for which there is room.
  private func give() {
    framesGiven += 1
    // Safe: the frame is lent for the call.
    let delivery = unsafe device.receive(frame: UnsafeRawBufferPointer(frame), pair: 0)
    if delivery != .delivered { report.isBroken = true }
  }
}

extension RingLitmus: FrameSink {
  package func write(pair: Int, frame: UnsafeRawBufferPointer) -> WriteOutcome {
    for place in stride(from: 0, to: frame.count, by: 64) {
      // Safe: the place is within the frame, which is lent for the call.
      unsafe sum &+= UInt64(frame[place])
    }
    return .written
  }
}

extension RingLitmus: Interrupting {
  package func interrupt(queue: Int) {}

  package func interruptForConfiguration() {}
}

@available(*, unavailable) extension RingLitmus: Sendable {}
