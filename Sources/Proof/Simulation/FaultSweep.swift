import BatonCore
import BatonTesting

/// Lets every system call of a simulated handover go wrong in turn, in every documented way, or be
/// the last one of its process (as SQLite's tests do with every allocation and write).
package struct FaultSweep {
  /// One run that did not end as it must.
  package struct Finding: Codable, Hashable, Sendable, CustomStringConvertible {
    /// What was done to whom.
    package var what: String
    package var faults: [String]

    package var description: String { "\(what): \(faults.joined(separator: "; "))" }
  }

  package struct Report: Codable, Sendable {
    /// Runs in which something went wrong.
    package var runs = 0
    /// Different calls that did, by side, name and error.
    package var kinds: Set<String> = []
    /// Runs that did not end as they must.
    package var findings: [Finding] = []
  }

  enum Side: String, CaseIterable {
    case source, target
  }

  package var queues = 1
  /// Told after each call how many runs there were.
  package var progress: ((Int) -> Void)?
  /// What was done so far.
  package private(set) var report = Report()

  /// Whether the kernel serves the rings.
  package var isServedByKernel = false

  package init(queues: Int = 1, isServedByKernel: Bool = false) {
    (self.queues, self.isServedByKernel) = (queues, isServedByKernel)
  }

  private func handover() throws -> SimulatedHandover {
    try SimulatedHandover(queues: queues, isServedByKernel: isServedByKernel)
  }

  /// Runs a handover with these plans, and another one.
  private mutating func run(
    _ what: String, source: FaultPlan, target: FaultPlan
  ) throws {
    let handover = try handover()
    handover.plan(source: source, target: target)
    handover.begin()
    let isSettled = handover.settle()
    handover.plan()
    // A target that a fault made refuse the guest of a source that died owns nothing.
    let mayBeLost = source.deathAt != nil && !target.faults.isEmpty
    var faults = isSettled ? [] : ["it does not end"]
    faults += handover.faults(mayBeLost: mayBeLost)
    if faults.isEmpty, handover.hasGuest { faults += handover.next() }
    report.runs += 1
    if !faults.isEmpty { report.findings.append(Finding(what: what, faults: faults)) }
  }

  private static func plans(_ side: Side, _ plan: FaultPlan) -> (FaultPlan, FaultPlan) {
    side == .source ? (plan, FaultPlan()) : (FaultPlan(), plan)
  }

  /// The calls of a handover in which nothing goes wrong.
  private func calls(_ side: Side) throws -> [Call] {
    let handover = try handover()
    handover.plan()
    handover.begin()
    handover.settle()
    return side == .source ? handover.sourceCalls : handover.targetCalls
  }

  /// Every call of both sides, every documented error, once and from then on.
  package mutating func errors() throws {
    for side in Side.allCases {
      for (place, call) in try calls(side).enumerated() {
        let number = place + 1
        for code in call.refusals {
          // To block for good is no error but a hang, which the explorer has.
          for isLasting in code == Errno.wouldBlock ? [false] : [false, true] {
            let fault = FaultPlan.Fault(number: number, code: code, isLasting: isLasting)
            let what = "\(side.rawValue) \(number) \(call) \(code)\(isLasting ? " for good" : "")"
            let (source, target) = Self.plans(side, FaultPlan(faults: [fault]))
            report.kinds.insert("\(side.rawValue) \(call) \(code)")
            try run(what, source: source, target: target)
          }
        }
        progress?(report.runs)
      }
    }
  }

  /// Death before every call of either side.
  package mutating func deaths() throws {
    for side in Side.allCases {
      for number in 1...(try calls(side).count) {
        let (source, target) = Self.plans(side, FaultPlan(deathAt: number))
        try run("\(side.rawValue) dies before call \(number)", source: source, target: target)
      }
    }
  }

  /// Short writes and reads, and tables of descriptors that are full after so many more.
  package mutating func shortages() throws {
    for count in [1, 2, 7, 100] {
      var plan = FaultPlan()
      plan.bytesPerCall = count
      try run("\(count) bytes a call", source: plan, target: plan)
    }
    for side in Side.allCases {
      for count in 0..<(queues + 8) {
        var plan = FaultPlan()
        plan.descriptorsLeft = count
        let (source, target) = Self.plans(side, plan)
        try run("\(side.rawValue) may open \(count) more", source: source, target: target)
      }
    }
  }

  /// Two faults in one handover: each pair of calls of either side, with the first documented error
  /// of each, or a death as the second.
  ///
  /// - Parameter stride: Every how many pairs are run; 1 for all.
  package mutating func pairs(every stride: Int = 1) throws {
    let (sources, targets) = (try calls(.source), try calls(.target))
    let all =
      sources.enumerated().map { (Side.source, $0.offset + 1, $0.element) }
      + targets.enumerated().map { (Side.target, $0.offset + 1, $0.element) }
    var number = 0
    for (place, first) in all.enumerated() {
      guard let code = first.2.refusals.first else { continue }
      for second in all[place...] {
        number += 1
        guard number % stride == 0 else { continue }
        let fault = FaultPlan.Fault(number: first.1, code: code)
        var plans: [Side: FaultPlan] = [first.0: FaultPlan(faults: [fault])]
        // The second comes during the recovery from the first, wherever that has led.
        if let other = second.2.refusals.first, place % 2 == 0 {
          plans[second.0, default: .init()].faults.append(.init(number: second.1, code: other))
        } else {
          plans[second.0, default: .init()].deathAt = second.1
        }
        let what =
          "\(first.0.rawValue) \(first.1) \(first.2) \(code), then \(second.0.rawValue) "
          + "\(second.1) \(plans[second.0]?.deathAt == nil ? "\(second.2)" : "dies")"
        try run(
          what, source: plans[.source] ?? .init(), target: plans[.target] ?? .init())
      }
      progress?(report.runs)
    }
  }
}

@available(*, unavailable)
extension FaultSweep: Sendable {}
