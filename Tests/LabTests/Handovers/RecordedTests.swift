import BatonCore
import BatonLab
import Foundation
import Testing

extension ProcessTests {
  /// What QEMU 10.2.2 did in the recorded scenarios, against real hosts that are told the same by
  /// QMP. Where they differ, docs/ARCHITECTURE.md has a row, which is what is expected then.
  @Suite(.timeLimit(.minutes(15))) struct RecordedTests {
    /// How a scenario is brought about.
    enum Turn: Sendable {
      case none
      /// The user cancels while the target has not answered, or when it has accepted the offer.
      case cancelInSetup, cancelInActive
      case killSource, killTarget
      case veto, noListener, mute
      case elsewhere(String)
    }

    struct Scene: Sendable {
      var turn = Turn.none
      /// Options of the target that are not the source's.
      var target: [String] = []
      var targetTap = Stage.tap
      var targetQueues = 1
      var targetMemory = 4
      /// True where the target takes part and its events are compared.
      var hasTarget = true
    }

    static let scenes: [String: Scene] = [
      "success": Scene(), "success-multi-iteration": Scene(), "success-return-path": Scene(),
      "success-target-S": Scene(target: ["-S"]),
      "source-cont-after-completed": Scene(target: ["-S"]),
      "pause-before-switchover": Scene(),
      "pause-before-switchover-target-killed": Scene(turn: .killTarget),
      "cancel-immediately": Scene(turn: .cancelInSetup),
      "cancel-in-active": Scene(turn: .cancelInActive),
      "cancel-in-active-target-stays": Scene(turn: .cancelInActive),
      "cancel-in-setup-tcp-blackhole": Scene(turn: .elsewhere("tcp:10.0.1.7:1"), hasTarget: false),
      "bt-to-file": Scene(turn: .elsewhere("file:/tmp/nowhere"), hasTarget: false),
      "listener-never-reads": Scene(turn: .mute, hasTarget: false),
      "no-listener-refused": Scene(turn: .noListener, hasTarget: false),
      "source-killed-in-active": Scene(turn: .killSource),
      "source-killed-in-active-target-stays": Scene(turn: .killSource),
      "wrong-machine": Scene(targetQueues: 2),
      "wrong-nic-features": Scene(target: ["--guest-mtu", "1400"]),
      "wrong-no-nic-on-target": Scene(target: ["--bare"]),
      "wrong-no-nic-on-target-return-path": Scene(target: ["--bare"]),
      "wrong-ram-size": Scene(targetMemory: 8),
      "wrong-ram-size-return-path": Scene(targetMemory: 8),
      "bt-source-lacks-param": Scene(), "bt-source-lacks-param-return-path": Scene(),
      "bt-target-lacks-param-other-tap": Scene(targetTap: "tap9"),
      "bt-target-lacks-param-same-tap": Scene(turn: .veto),
      "bt-target-lacks-param-same-tap-eoe-off": Scene(turn: .veto),
    ]

    @Test(arguments: scenes.keys.sorted())
    func `a host tells what QEMU told, or what the table says`(name: String) async throws {
      let scene = try #require(Self.scenes[name])
      let recording = try #require(try Recorded.all().first { $0.scenario == name })
      try await Stage.run { stage in
        let play = try Play(stage, scene, recording)
        try play.run()
        #expect(play.said(play.source) == recording.expected("source"), "source")
        if scene.hasTarget, let target = play.target {
          #expect(play.said(target) == recording.expected("target"), "target")
        }
      }
    }
  }
}

/// A scenario with real hosts.
private final class Play {
  typealias Scene = ProcessTests.RecordedTests.Scene

  let stage: Stage
  let scene: Scene
  let recording: Recorded
  let source: HostProcess
  private(set) var target: HostProcess?
  private let address: String

  init(_ stage: Stage, _ scene: Scene, _ recording: Recorded) throws {
    (self.stage, self.scene, self.recording) = (stage, scene, recording)
    source = try stage.startSource("A")
    address = stage.newAddress()
    try set(source, isLocal: recording.transfer.source)
    var wish = Stage.Wish(taps: [scene.targetTap], queues: scene.targetQueues)
    (wish.isIncoming, wish.memoryMebibytes) = (true, scene.targetMemory)
    wish.more = scene.target
    if scene.hasTarget {
      target = try stage.start("B", wish)
      if let target { try set(target, isLocal: recording.transfer.target) }
    }
  }

  private func set(_ host: HostProcess, isLocal: Bool) throws {
    let names = recording.capabilities.filter { $0 != "multifd" }
    let wish = names.map { ["capability": $0, "state": true] as [String: Any] }
    try host.control.call("migrate-set-capabilities", ["capabilities": wish])
    try host.control.call(
      "migrate-set-parameters", ["backend-transfer": isLocal ? ["virtio-net-tap"] : []])
  }

  func run() throws {
    try listen()
    switch scene.turn {
    case .none, .killTarget, .veto, .noListener: try migrate()
    case .cancelInSetup:
      target?.child.stop()
      try migrate()
      try source.control.call("migrate_cancel")
      try stage.expectEnd("cancelled", of: source)
      target?.child.resume()
    case .cancelInActive:
      try stage.stop(source, in: "active", of: "Outgoing", afterEffects: true)
      try migrate(isAwaited: false)
      try stage.awaitStop(source)
      try source.control.post("migrate_cancel")
      source.child.resume()
    case .killSource:
      // The next state: `active` is told of after its round.
      try stage.stop(source, in: "quiescing", of: "Outgoing")
      try migrate(isAwaited: false)
      try stage.awaitStop(source)
      stage.expectLoss()
      try stage.kill(source)
    case .mute: try cancelAtMute()
    case .elsewhere(let uri):
      #expect(stage.refusal(source, "migrate", uri) != "")
    }
    try goOn()
    try awaitEnds()
  }

  /// What the recording says of the target's first command, `exit-on-error` among it.
  private func listen() throws {
    guard let target else { return }
    var arguments: [String: Any] = ["uri": address]
    arguments["exit-on-error"] = recording.target.contains { $0.exit != nil }
    if case .veto = scene.turn {
      let said = stage.refusal(target, "migrate-incoming", arguments: arguments)
      #expect(said.contains(Stage.tap) && said.contains("EBUSY"), "\(said)")
    } else {
      try target.control.call("migrate-incoming", arguments)
    }
  }

  private func migrate(isAwaited: Bool = true) throws {
    if isAwaited {
      try source.control.call("migrate", ["uri": address])
    } else {
      try source.control.post("migrate", ["uri": address])
    }
  }

  /// Somebody listens, and never says anything.
  private func cancelAtMute() throws {
    let path = try #require(SocketPath(String(address.dropFirst("unix:".count))))
    let kernel = stage.lab.loop.kernel
    let listener = Descriptor(owning: try kernel.listen(path: path, backlog: 1), in: kernel)
    try migrate()
    try source.control.call("migrate_cancel")
    try stage.expectEnd("cancelled", of: source)
    try kernel.unlink(path: path)
    _ = consume listener
  }

  /// A migration that pauses is continued, or its target dies.
  private func goOn() throws {
    guard recording.capabilities.contains("pause-before-switchover") else { return }
    try stage.wait("the pause") { source.control.statuses.last == "pre-switchover" }
    if case .killTarget = scene.turn, let target {
      // What it says before its round ends is all that it can say: QEMU's had spoken by then.
      try stage.wait("what the target says") { said(target) == recording.expected("target") }
      try stage.kill(target)
    } else {
      try source.control.call("migrate-continue", ["state": "pre-switchover"])
    }
  }

  private func awaitEnds() throws {
    for host in [source, target].compactMap(\.self) {
      let name = host === source ? "source" : "target"
      guard let last = recording.expected(name).last else { continue }
      // Whoever was killed has said what it could.
      try stage.wait("the end of \(name)") {
        host.hasEnded || said(host).last == last || Self.isOver(host)
      }
    }
    if let target, recording.target.contains(where: { $0.exit == 1 }) {
      try stage.wait("the exit") { target.hasEnded && target.child.exitStatus != nil }
      #expect(target.child.exitStatus == .exited(1))
    }
    // A guest that came paused is let go, for the probes.
    if let target, !target.hasEnded, said(target).last == "completed" {
      try target.control.call("cont")
      try stage.expectFlow()
    }
  }

  private static func isOver(_ host: HostProcess) -> Bool {
    host.control.statuses.last.map(Stage.isEnd) ?? false
  }

  /// The statuses, and the stops and starts that nobody asked for.
  func said(_ host: HostProcess) -> [String] {
    var all: [String] = []
    for event in host.control.events {
      switch event.name {
      case "MIGRATION": all.append(event.data["status"] ?? "")
      case "STOP", "RESUME": all.append(event.name)
      case _: continue
      }
    }
    // What the play itself continues is no part of the scenario.
    if scene.target.contains("-S"), all.last == "RESUME" { all.removeLast() }
    return all
  }
}

/// What QEMU did; see Tests/MigTests/Recordings/README.md.
private struct Recorded: Decodable {
  struct Entry: Decodable {
    let command: String?
    let status: String?
    let event: String?
    let exit: Int?
  }

  struct Transfer: Decodable {
    let source: Bool
    let target: Bool
  }

  let scenario: String
  let qemu: String
  let transfer: Transfer
  let capabilities: [String]
  let source: [Entry]
  let target: [Entry]

  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Those of the patched build.
  static func all() throws -> [Recorded] {
    let file = root.appending(path: "Tests/MigTests/Recordings/qemu-10.2.2.json")
    let all = try JSONDecoder().decode([Recorded].self, from: Data(contentsOf: file))
    return all.filter { $0.qemu == "v6bt" }
  }

  /// What is expected of a host: as QEMU, but where the table has a row.
  func expected(_ side: String) -> [String] {
    let table = try? String(
      contentsOf: Self.root.appending(path: "docs/ARCHITECTURE.md"), encoding: .utf8)
    let rows = (table?.components(separatedBy: "## Differences from QEMU").last ?? "")
      .split(separator: "\n").map { row in
        row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      }
    let row = rows.first { row in
      row.count > 3 && row[0].components(separatedBy: ", ").contains(scenario) && row[1] == side
    }
    if let row { return row[3] == "–" ? [] : row[3].split(separator: " ").map(String.init) }
    return trace(side == "source" ? source : target)
  }

  private func trace(_ entries: [Entry]) -> [String] {
    var trace: [String] = []
    var isContinued = false
    for entry in entries {
      if entry.command == "cont" { isContinued = true }
      if let status = entry.status { trace.append(status) }
      if let event = entry.event, !(isContinued && event == "RESUME") { trace.append(event) }
    }
    return trace
  }
}
