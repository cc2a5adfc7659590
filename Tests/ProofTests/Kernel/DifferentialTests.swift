import BatonCore
import Foundation
import Testing

@testable import BatonProof
@testable import BatonTesting

/// The simulated kernel beside Linux: the same random calls, the same answers.
///
/// `BATON_DIFFERENTIAL=100000` runs as many sequences.
@Suite(.timeLimit(.minutes(10))) struct DifferentialTests {
  static let sequences =
    ProcessInfo.processInfo.environment["BATON_DIFFERENTIAL"].flatMap { Int($0) } ?? 1_500

  private var options: CheckOptions {
    var options = CheckOptions.quiet
    options.steps = 40
    options.repeatsEvery = .max
    return options
  }

  @Test func `sockets and descriptors in flight are those of Linux`() throws {
    let report = try check(SocketCalls.self, cases: Self.sequences, options: options)
    print("compared with Linux: \(report.cases) sequences, \(report.steps) calls on sockets")
    #expect(report.steps > Self.sequences)
  }

  @Test(.enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
  func `TAPs are those of Linux`() throws {
    try Namespace.run {
      let report = try check(TapCalls.self, cases: Self.sequences / 15, options: options)
      print("compared with Linux: \(report.cases) sequences, \(report.steps) calls on TAPs")
    }
  }
}
