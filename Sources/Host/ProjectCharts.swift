package import BatonCore
import BatonMig
import BatonNet
import BatonQMP
import BatonRelay
import BatonVhostUser

/// Every chart of the project, in one place: for drawings, for tests, for whoever walks over them.
package enum ProjectCharts: Sendable {
  /// The charts with their types erased.
  package static var outlines: [Outline] {
    [
      OutgoingChart.table.outline, IncomingChart.table.outline, TapChart.table.outline,
      VhostChart.table.outline,
      GuestChart.table.outline, SessionChart.table.outline, RingChart.table.outline,
      SpreadChart.table.outline, CustodyChart.table.outline, PortChart.table.outline,
      CallerChart.table.outline, BackendChart.table.outline, MonitorChart.table.outline,
      ClientChart.table.outline,
      RelayChart.table.outline,
    ]
  }

  /// The pairs of state and event that a chart neither handles, ignores nor refuses, by name.
  package static var gaps: [String] {
    names(OutgoingChart.table) + names(IncomingChart.table) + names(TapChart.table)
      + names(VhostChart.table)
      + names(GuestChart.table) + names(SessionChart.table) + names(RingChart.table)
      + names(SpreadChart.table) + names(CustodyChart.table) + names(PortChart.table)
      + names(CallerChart.table) + names(BackendChart.table) + names(MonitorChart.table)
      + names(ClientChart.table)
      + names(RelayChart.table)
  }

  private static func names<C: Chart>(_ table: Table<C>) -> [String] {
    table.gaps.map { "\(C.name) \($0.state.name): \($0.kind.name)" }
  }
}
