import BatonCore
package import BatonMig
package import BatonNet
package import BatonTesting
package import BatonVhostUser

/// The project's charts of the rooms below, each alone, with everything that can come to it.
package enum ProjectChartTests: Sendable {
  /// The source's side of a migration.
  package static var outgoing: ChartTest<OutgoingChart> {
    ChartTest(
      OutgoingChart.self, memory: .init(), events: Told<OutgoingChart>.all.compactMap(\.event))
  }

  package static var incoming: ChartTest<IncomingChart> {
    ChartTest(
      IncomingChart.self, memory: .init(), events: Told<IncomingChart>.all.compactMap(\.event))
  }

  /// A TAP with two queues.
  package static var tap: ChartTest<TapChart> { tap(TapOptions(name: tapName, queues: 2)) }

  /// The same with a script and a down script.
  package static var scriptedTap: ChartTest<TapChart> {
    var options = TapOptions(name: tapName, queues: 2)
    options.script = TapProgram(bytes: Array("/up".utf8))
    options.downScript = TapProgram(bytes: Array("/down".utf8))
    return tap(options)
  }

  /// A TAP that a helper makes.
  package static var helpedTap: ChartTest<TapChart> {
    var options = TapOptions()
    options.helper = TapProgram(bytes: Array("/helper".utf8))
    return tap(options)
  }

  private static var tapName: InterfaceName { InterfaceName(bytes: "tap0".utf8)! }

  private static func tap(_ options: TapOptions) -> ChartTest<TapChart> {
    let why = Refusal(.systemCall, code: Errno.busy)
    let gone = Refusal(.systemCall, code: Errno.badDescriptorState)
    let name = tapName
    let properties = TapProperties(
      name: name, index: 2, flags: [.tap, .noPacketInfo, .multiQueue, .vnetHeader],
      queues: 2,
      settings: [.headerSize: 12, .sendBuffer: UInt32(Int32.max), .offload: 0])
    let events: [TapChart.Event] = [
      .start(.running, transfersBackends: true), .start(.incoming, transfersBackends: true),
      .start(.prepared, transfersBackends: true), .start(.prepared, transfersBackends: false),
      .preIncoming(transfersBackends: true), .preIncoming(transfersBackends: false),
      .incomingFailed, .incomingDone, .close, .lost(gone), .succeeded, .refused(why),
      .refused(gone), .features(0x7173), .features(0), .named(name), .index(2), .counted(0),
      .counted(1), .link([.tap]), .set(.offload, 0), .inspected(properties), .described(properties),
      .restored(0),
      .offered(TapOffer(properties: properties, descriptorCount: 2)),
      .offered(TapOffer(properties: properties, descriptorCount: 2, isOwed: true)),
      .offered(TapOffer(properties: properties, descriptorCount: 0)), .load(properties), .take,
      .discard, .resume, .describe, .lend, .give, .withdraw, .quiesce, .restore, .release,
      .setOffload([.csum]),
    ]
    return ChartTest(TapChart.self, memory: .init(options: options), events: events)
  }

  /// A datapath in the kernel, which may be done without, or may not.
  package static var vhost: ChartTest<VhostChart> {
    ChartTest(
      VhostChart.self, memory: .init(),
      events: [
        .open(isRequired: false), .open(isRequired: true), .own, .prepare, .place, .run, .halt,
        .fault,
        .reset, .forget, .close, .succeeded,
        .refused(Refusal(.systemCall, code: Errno.busy)), .features(0x3_3d00_8000),
      ])
  }

  /// A front-end's session.
  package static var session: ChartTest<SessionChart> {
    ChartTest(
      SessionChart.self, memory: .init(),
      events: [
        .features(1, isLogged: false), .features(1, isLogged: true), .closed,
        .fault(.strayDescriptors(1)),
      ])
  }

  /// One ring of a session.
  package static var ring: ChartTest<RingChart> {
    ChartTest(RingChart.self, memory: .init(), events: RingChart.Event.allCases.map { $0 })
  }

  /// Where frames of queues go whose own ring does not run.
  package static var spread: ChartTest<SpreadChart> {
    ChartTest(SpreadChart.self, memory: .init(), events: SpreadChart.Event.allCases.map { $0 })
  }

  /// Who of two has the TAP.
  package static var custody: ChartTest<CustodyChart> {
    ChartTest(
      CustodyChart.self, memory: .init(), events: [.want(0), .want(1), .letGo(0), .letGo(1)])
  }

  /// Where a port is served.
  package static var port: ChartTest<PortChart> {
    ChartTest(PortChart.self, memory: .init(), events: PortChart.Event.allCases.map { $0 })
  }

  /// A port's side towards a VMM that listens.
  package static var caller: ChartTest<CallerChart> {
    ChartTest(
      CallerChart.self, memory: .init(),
      events: [
        .begin, .rest, .carried, .answered, .ended, .refused(Refusal(.foreignUser)),
        .refused(Refusal(.systemCall, code: Errno.noEntry)),
      ])
  }
}
