package import BatonCore

/// Sends numbered UDP datagrams to the guest at a steady rate and counts what comes back.
///
/// Each flow is a socket of its own, so that a multiqueue TAP spreads them over its queues; order
/// is judged within a flow, since the kernel promises none between queues.
package final class Prober: Watcher {
  package struct Options: Sendable {
    /// The guest's IPv4 address, highest octet first.
    package var address: UInt32
    /// Probes per second over all flows.
    package var ratePerSecond: Int
    /// How many sockets send in turn.
    package var flows: Int

    package init(address: UInt32, ratePerSecond: Int, flows: Int) {
      self.address = address
      self.ratePerSecond = ratePerSecond
      self.flows = flows
    }
  }

  private static let echoPort: UInt16 = 7
  private static let payloadByteCount = 64
  private static let tickNanos: UInt64 = 1_000_000
  private static let burst = 512
  /// How long the first probe is alone on its way. What the kernel keeps for an address that it
  /// does not know yet it sends behind the answer to its question, without a lock (neigh_update):
  /// a datagram of the same flow that is sent at that moment may overtake it.
  private static let introductionNanos: UInt64 = 500_000_000
  private static let receiveBuffer: CInt = 4 << 20

  private let loop: any Loop
  private let options: Options
  private var sockets: [ProbeSocket] = []
  private var timer: Timer?
  private var begun: UInt64 = 0
  private var isSending = false
  private var answered: [Bool] = []
  private var newest: [Int]
  private var roundTrips: [UInt32] = []
  /// When each answer came, in nanoseconds of the loop's clock.
  private var arrivals: [UInt64] = []
  private var lastAnswer: UInt64 = 0
  private var counts = ProbeResult()
  private var buffer = [UInt8](repeating: 0, count: 2048)

  /// A prober that does not send yet.
  ///
  /// - Parameter kernel: Makes its sockets, in the calling thread's network namespace.
  package init(
    _ loop: any Loop, _ options: Options, in kernel: LabKernel = LabKernel()
  ) throws(LabError) {
    self.loop = loop
    self.options = options
    newest = Array(repeating: -1, count: options.flows)
    for flow in 0..<options.flows {
      let number = try kernel.connectDatagram(
        to: options.address, port: Self.echoPort, receiveBuffer: Self.receiveBuffer)
      sockets.append(
        ProbeSocket(loop, Descriptor(owning: number, in: kernel), flow: flow, prober: self))
    }
    timer = Timer(loop, calling: self)
  }

  /// Starts to send, or to send again after `stop`.
  package func start() {
    begun = loop.now - UInt64(counts.sent) * 1_000_000_000 / UInt64(options.ratePerSecond)
    lastAnswer = 0
    isSending = true
    tick()
  }

  /// Sends nothing more; answers still count.
  package func stop() {
    isSending = false
    timer?.disarm()
  }

  /// When each answer came, in nanoseconds of the loop's clock, and its round trip in microseconds;
  /// of many only so many, evenly spread, and always the slowest of those between.
  package func roundTrips(atMost limit: Int) -> [[UInt64]] {
    guard limit > 0, !roundTrips.isEmpty else { return [] }
    let step = (roundTrips.count + limit - 1) / limit
    return stride(from: 0, to: roundTrips.count, by: step).compactMap { start in
      let part = start..<min(start + step, roundTrips.count)
      return part.max { roundTrips[$0] < roundTrips[$1] }.map {
        [arrivals[$0], UInt64(roundTrips[$0])]
      }
    }
  }

  /// How many probes wait for their answer.
  package var outstanding: Int { counts.sent - counts.received }

  /// How many answers came so far.
  package var received: Int { counts.received }

  /// What became of the probes so far; what has no answer counts as lost.
  package var result: ProbeResult {
    var result = counts
    result.lost = outstanding
    result.medianRoundTripMicros =
      Median.of(roundTrips.map(Double.init)).map { UInt64($0.rounded()) } ?? 0
    return result
  }

  /// The loop calls: time to send, or an answer.
  package func ready(_ what: Ready, watch: Int) {
    if what.contains(.timer) { tick() } else { receive(watch) }
  }

  private func tick() {
    guard isSending else { return }
    let now = loop.now
    if counts.sent == 1, counts.received == 0, now - begun < Self.introductionNanos {
      timer?.arm(at: now + Self.tickNanos)
      return
    }
    let due = Int((now - begun) * UInt64(options.ratePerSecond) / 1_000_000_000) + 1
    for _ in 0..<min(Self.burst, max(0, due - counts.sent)) {
      guard sendNext() else { break }
    }
    timer?.arm(at: now + Self.tickNanos)
  }

  private func sendNext() -> Bool {
    let sequence = counts.sent
    var payload = Self.pattern(sequence)
    Self.put(loop.now, into: &payload, at: 8)
    guard sockets[sequence % sockets.count].send(payload) else { return false }
    counts.sent += 1
    answered.append(false)
    return true
  }

  private func receive(_ flow: Int) {
    while let count = sockets[flow].receive(into: &buffer) {
      let now = loop.now
      guard count == Self.payloadByteCount else {
        counts.corrupted += 1
        continue
      }
      note(Int(truncatingIfNeeded: Self.number(buffer, at: 0)), flow, now)
    }
  }

  private func note(_ sequence: Int, _ flow: Int, _ now: UInt64) {
    let isKnown = sequence >= 0 && sequence < counts.sent && sequence % sockets.count == flow
    guard isKnown, isUnchanged(sequence) else {
      counts.corrupted += 1
      return
    }
    guard !answered[sequence] else {
      counts.duplicated += 1
      return
    }
    answered[sequence] = true
    counts.received += 1
    // The rate is kept from here on, with nothing to make up for.
    if counts.sent == 1 { begun = now - 1_000_000_000 / UInt64(options.ratePerSecond) }
    if sequence < newest[flow] {
      counts.reordered += 1
      counts.firstReordered = counts.firstReordered ?? sequence
    }
    newest[flow] = max(newest[flow], sequence)
    if lastAnswer != 0 {
      counts.longestGapMicros = max(counts.longestGapMicros, (now - lastAnswer) / 1_000)
    }
    lastAnswer = now
    let sentAt = Self.number(buffer, at: 8)
    roundTrips.append(UInt32(clamping: (now &- sentAt) / 1_000))
    arrivals.append(now)
  }

  private func isUnchanged(_ sequence: Int) -> Bool {
    let expected = Self.pattern(sequence)
    return (16..<Self.payloadByteCount).allSatisfy { buffer[$0] == expected[$0] }
  }

  /// The payload of a probe: its number, room for the time, and bytes that follow from the number.
  private static func pattern(_ sequence: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: payloadByteCount)
    put(UInt64(sequence), into: &bytes, at: 0)
    var seed = UInt64(sequence) &* 0x9E37_79B9_7F4A_7C15 | 1
    for index in 16..<payloadByteCount {
      seed ^= seed << 13
      seed ^= seed >> 7
      seed ^= seed << 17
      bytes[index] = UInt8(truncatingIfNeeded: seed)
    }
    return bytes
  }

  private static func put(_ value: UInt64, into bytes: inout [UInt8], at offset: Int) {
    for index in 0..<8 {
      bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * index))
    }
  }

  private static func number(_ bytes: [UInt8], at offset: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 << 8 | UInt64(bytes[offset + $1]) }
  }
}

@available(*, unavailable)
extension Prober: Sendable {}
