import BatonCore
import Testing

@testable import BatonProof
@testable import BatonTesting

@Suite(.timeLimit(.minutes(10))) struct SimulatedHandoverTests {
  @Test(arguments: [1, 4]) func `a handover succeeds, and another, and another`(queues: Int) throws
  {
    let handover = try SimulatedHandover(queues: queues)
    handover.begin()
    #expect(handover.settle())
    #expect(handover.target.hasGuest, "\(handover.source.text), \(handover.target.text)")
    #expect(handover.faults() == [])
    for _ in 0..<5 { #expect(handover.next() == []) }
  }
}

@Suite(.timeLimit(.minutes(10))) struct FaultSweepTests {
  @Test(arguments: [1, 4]) func `every call fails in every way, and nothing is lost`(queues: Int)
    throws
  {
    var sweep = FaultSweep(queues: queues)
    try sweep.errors()
    print("failed: \(sweep.report.runs) runs, \(sweep.report.kinds.count) kinds")
    for finding in sweep.report.findings.prefix(20) { print(finding) }
    #expect(sweep.report.findings.count == 0)
  }

  @Test(arguments: [1, 4]) func `either side dies before every call`(queues: Int) throws {
    var sweep = FaultSweep(queues: queues)
    try sweep.deaths()
    print("died: \(sweep.report.runs) runs")
    for finding in sweep.report.findings.prefix(20) { print(finding) }
    #expect(sweep.report.findings.count == 0)
  }

  @Test(arguments: [1, 4])
  func `short reads and writes, and full tables, lose nothing`(queues: Int) throws {
    var sweep = FaultSweep(queues: queues)
    try sweep.shortages()
    #expect(sweep.report.findings == [])
    #expect(sweep.report.runs == 4 + 2 * (queues + 8))
  }

  @Test func `two things go wrong in one handover`() throws {
    var sweep = FaultSweep()
    try sweep.pairs(every: 2)
    print("failed twice: \(sweep.report.runs) runs")
    for finding in sweep.report.findings.prefix(20) { print(finding) }
    #expect(sweep.report.findings.count == 0)
  }
}

/// The same with rings that the kernel serves on both sides.
@Suite(.timeLimit(.minutes(10))) struct DatapathSweepTests {
  @Test func `a handover succeeds, and another, and another`() throws {
    let handover = try SimulatedHandover(isServedByKernel: true)
    #expect(handover.source.isServedAsWished)
    handover.begin()
    #expect(handover.settle())
    #expect(handover.target.hasGuest && handover.target.device?.vhost?.state == .running)
    #expect(handover.faults() == [])
    for _ in 0..<5 { #expect(handover.next() == []) }
  }

  @Test func `every call fails in every way, and the guest has its network`() throws {
    var sweep = FaultSweep(isServedByKernel: true)
    try sweep.errors()
    #expect(sweep.report.kinds.contains("target vhostSetBackend \(Errno.badAddress)"))
    for finding in sweep.report.findings.prefix(20) { print(finding) }
    #expect(sweep.report.findings.count == 0)
  }

  @Test func `either side dies before every call`() throws {
    var sweep = FaultSweep(isServedByKernel: true)
    try sweep.deaths()
    for finding in sweep.report.findings.prefix(20) { print(finding) }
    #expect(sweep.report.findings.count == 0)
  }

  @Test func `full tables lose nothing`() throws {
    var sweep = FaultSweep(isServedByKernel: true)
    try sweep.shortages()
    #expect(sweep.report.findings == [])
  }
}

@Suite(.timeLimit(.minutes(10))) struct HandoverSoakTests {
  @Test func `hundreds of handovers with faults at random lose nothing`() throws {
    let report = HandoverSoak(cases: 800, seed: 1).run()
    #expect(report.failure == nil, "\(report.failure ?? "")")
    #expect(report.cases == 800)
    // What would show nothing is not there for nothing.
    for what in ["handovers", "standstills", "hangs", "strangers", "commands", "cancels"] {
      #expect(report.counts[what, default: 0] > 40, "\(what)")
    }
    print(report.text)
    print(
      "simulated: \(report.cases) cases, \(Int(Double(report.cases) / report.seconds)) a second")
  }

  @Test func `the same seed does the same`() {
    let one = HandoverSoak(cases: 50, seed: 7).run()
    let two = HandoverSoak(cases: 50, seed: 7).run()
    #expect(one.counts == two.counts)
    #expect(HandoverSoak(cases: 50, seed: 1_007).run().counts != one.counts)
  }

  @Test(arguments: SoakMistake.allCases)
  func `a mistake is found by what the soak asks`(mistake: SoakMistake) {
    for seed: UInt64 in 1...2_000 {
      do { _ = try SimulatedCase(Choices(seed: seed), mistake: mistake) } catch {
        #expect("\(error)".contains(mistake.words), "seed \(seed): \(error)")
        return
      }
    }
    Issue.record("nobody finds it")
  }
}
