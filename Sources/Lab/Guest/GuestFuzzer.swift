import BatonCore
import BatonHost
package import BatonNet
import Foundation
import Synchronization

/// A device and its guest that exchange frames while somebody else writes all over guest memory:
/// rings, buffers and the guest's own lists.
///
/// Around the memory lies some that nobody may touch, so that one step out of it ends the process.
/// The device may serve, drop, or ask for a reset and say why; after a reset frames must flow.
@safe package final class GuestFuzzer {
  /// What came of it.
  package struct Report: Sendable {
    /// Frames given to the guest, and taken from it.
    package var delivered: UInt64 = 0
    package var taken: UInt64 = 0
    /// Writes into guest memory beside them.
    package var writes: UInt64 = 0
    package var resets: UInt64 = 0
    /// Why the device asked for a reset, and how often.
    package var faults: [RingFault: UInt64] = [:]
    /// Saved states that were refused, and guests that did not know themselves.
    package var refusals: UInt64 = 0
    /// Resets after which not all frames came back.
    package var failures: UInt64 = 0
    package var seconds: Double = 0
  }

  /// Why it could not begin.
  package enum Failure: Error, Sendable {
    case noMemory
  }

  private static let guestAddress: UInt64 = 0x4000_0000
  private static let byteCount = 1 << 18
  /// State page, pairs and rings of two pairs of eight entries.
  private static let hotByteCount = 0x3000
  private static let queueSize: UInt16 = 8
  private static let roundsPerReset = 200
  private static let proofs = 16

  private let address: UnsafeMutableRawPointer
  private let memory: GuestMemory
  private var device: VirtioNet
  private var guest: SoftwareGuest
  private let scribbler: Scribbler
  private var report = Report()
  private var probe = ProbeFrame()
  private var number: UInt64 = 0
  private var answered: UInt64 = 0
  /// What was read of the guest's frames, so that reading them is not left out.
  private var sum: UInt64 = 0

  /// A guest that has booted.
  package init(seed: UInt64) throws {
    // Safe: given back in `deinit`, when nobody uses it any more.
    guard let address = unsafe LabKernel().mapGuarded(byteCount: Self.byteCount) else {
      throw Failure.noMemory
    }
    unsafe self.address = unsafe address
    let bytes = unsafe UnsafeMutableRawBufferPointer(start: address, count: Self.byteCount)
    unsafe memory = GuestMemory(regions: [.init(guestAddress: Self.guestAddress, host: bytes)])
    device = VirtioNet(
      memory: memory,
      configuration: .init(mac: ProbeFrame.mac, maxPairs: 2, queueSizeMax: Self.queueSize))
    guest = try SoftwareGuest(memory: memory, device: device)
    scribbler = Scribbler(
      address: UInt(bitPattern: address), byteCount: Self.byteCount,
      hotByteCount: Self.hotByteCount, seed: seed)
  }

  deinit {
    // Safe: the scribbler's thread has ended in `run`, and the device reads nothing by itself.
    unsafe LabKernel().unmapGuarded(address, byteCount: Self.byteCount)
  }

  /// Goes on for so long; to be called once.
  package func run(seconds: Double) -> Report {
    let start = ContinuousClock.now
    repeat {
      prove()
      scribbler.go()
      for round in 0..<Self.roundsPerReset where device.isRunning { play(round) }
      if let fault = device.lastFault?.fault { report.faults[fault, default: 0] += 1 }
      // Half of the guests move while it goes on, and the others are started anew as they are.
      if report.resets % 2 == 0 { move() }
      scribbler.rest()
    } while (ContinuousClock.now - start) / .seconds(1) < seconds
    prove()
    scribbler.end()
    report.writes = scribbler.writes.load(ordering: .relaxed)
    report.seconds = (ContinuousClock.now - start) / .seconds(1)
    return report
  }

  /// One frame for each pair, and what comes of it.
  private func play(_ round: Int) {
    for pair in 0..<2 where device.canReceive(pair: pair) {
      // Safe: the frame is lent for the call.
      let delivery = unsafe probe.with(number: number) {
        unsafe device.receive(frame: $0, pair: pair)
      }
      number += 1
      if delivery == .delivered { report.delivered += 1 }
    }
    device.flushInterrupts(to: self)
    for pair in 0..<2 { _ = device.transmit(pair: pair, limit: 16, to: self) }
    if round % 16 == 0, let control = device.controlQueue { _ = device.notify(queue: control) }
    if round % 8 == 0 { for queue in 0..<4 { _ = guest.step(queue: queue) } }
  }

  /// Another device and another guest over the memory, if they take it.
  private func move() {
    var record: [UInt8] = []
    device.save(into: &record)
    let next = VirtioNet(memory: memory, configuration: device.configuration)
    do {
      // Safe: the bytes of an array that outlives the call.
      try unsafe next.load(from: record.span.bytes)
      let driver = try SoftwareGuest(memory: memory, device: next)
      try driver.attach()
      (device, guest) = (next, driver)
      for round in 0..<Self.proofs where device.isRunning { play(round) }
    } catch {
      report.refusals += 1
    }
  }

  /// Starts the guest anew with nobody else in its memory, and counts the answers.
  private func prove() {
    report.resets += 1
    do { try guest.boot(ipv4: ProbeFrame.ipv4, wantsEventIndex: report.resets % 2 == 0) } catch {
      report.failures += 1
      return
    }
    answered = 0
    for round in 0..<Self.proofs { play(round) }
    if answered != UInt64(2 * Self.proofs) { report.failures += 1 }
  }
}

extension GuestFuzzer: FrameSink {
  package func write(pair: Int, frame: UnsafeRawBufferPointer) -> WriteOutcome {
    // Safe: the frame is lent for the call.
    for index in 0..<frame.count { unsafe sum &+= UInt64(frame[index]) }
    report.taken += 1
    answered += 1
    return .written
  }
}

extension GuestFuzzer: Interrupting {
  package func interrupt(queue: Int) { _ = guest.step(queue: queue) }

  package func interruptForConfiguration() {}
}

@available(*, unavailable) extension GuestFuzzer: Sendable {}
