import BatonCommand
import BatonCore
import BatonHost
import BatonMig
import BatonNet
import BatonProof
import BatonQMP
import BatonRelay
import BatonTesting
import BatonTraces
import BatonVhostUser

/// The charts of the project by their names, and how each is tested.
enum ProjectShelf {
  /// In the order in which they are drawn.
  static var entries: [ChartEntry] {
    [
      ChartEntry { ProjectChartTests.outgoing }, ChartEntry { ProjectChartTests.incoming },
      ChartEntry { ProjectChartTests.tap }, ChartEntry { ProjectChartTests.vhost },
      ChartEntry { guest }, ChartEntry { ProjectChartTests.session },
      ChartEntry { ProjectChartTests.ring }, ChartEntry { ProjectChartTests.spread },
      ChartEntry { ProjectChartTests.custody }, ChartEntry { ProjectChartTests.port },
      ChartEntry { ProjectChartTests.caller }, ChartEntry { backend }, ChartEntry { monitor },
      ChartEntry { client }, ChartEntry(of: RelayChart.self),
    ]
  }

  /// From what a source offers to what its target has taken.
  static let handover = PerfettoTrace.Arrow(
    "handover", from: ("Outgoing", "offered"), to: ("Incoming", "taken"))

  static var guest: ChartTest<GuestChart> {
    ChartTest(GuestChart.self, memory: .init(), events: GuestChart.Event.allCases.map { $0 })
  }

  private static var monitor: ChartTest<MonitorChart> {
    ChartTest(MonitorChart.self, memory: .init(), events: MonitorChart.samples)
  }

  private static var client: ChartTest<ClientChart> {
    ChartTest(ClientChart.self, memory: .init(), events: ClientChart.samples)
  }

  private static var backend: ChartTest<BackendChart> {
    ChartTest(
      BackendChart.self, memory: .init(hasSuccessor: true),
      events: [
        .begin, .takeOver, .receiving, .tookOver, .refused(Refusal(.peerDied)), .declined("no"),
        .hungUp("gone"), .otherEnded, .gaveAway, .opened,
        .unopened(SystemError(call: .bind, code: Errno.addressInUse)), .reload,
        .unstarted(SystemError(call: .spawn, code: Errno.noEntry)), .successorEnded(nil), .quit,
      ])
  }
}
