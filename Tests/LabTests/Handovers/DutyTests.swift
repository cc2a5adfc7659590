import BatonCore
import BatonHost
import Foundation
import Testing

@testable import BatonLab

extension ProcessTests {
  /// The duty to run the down script goes with the guest: exactly one process runs it, the one that
  /// has the TAP last, whoever dies where.
  @Suite(.timeLimit(.minutes(15))) struct DutyTests {
    /// Scripts that note which process ran them, and for which interface.
    final class Scripts {
      let folder: String

      init() throws {
        folder =
          FileManager.default.temporaryDirectory.path + "/duty-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["up", "down"] {
          let path = "\(folder)/\(name)"
          try "#!/bin/sh\necho \(name) $1 $PPID >>\(folder)/notes\n".write(
            toFile: path, atomically: true, encoding: .utf8)
          try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
      }

      deinit { try? FileManager.default.removeItem(atPath: folder) }

      var wish: Stage.Wish {
        Stage.Wish(
          netdev: "tap,id=net0,ifname=\(Stage.tap),script=\(folder)/up,downscript=\(folder)/down")
      }

      var notes: [String] {
        let text = try? String(contentsOfFile: "\(folder)/notes", encoding: .utf8)
        return (text ?? "").split(separator: "\n").map(String.init)
      }

      func line(_ name: String, _ host: HostProcess) -> String {
        "\(name) \(Stage.tap) \(host.child.pid)"
      }
    }

    @Test func `a host waits for its script, and runs the other at its end`() async throws {
      try await Stage.run { stage in
        let scripts = try Scripts()
        let host = try stage.startSource("A", scripts.wish)
        try stage.expectRunner(host)
        #expect(scripts.notes == [scripts.line("up", host)])
        stage.endProbes()
        try stage.end(host)
        #expect(scripts.notes == [scripts.line("up", host), scripts.line("down", host)])
      }
    }

    @Test func `whoever has the guest after two moves runs it, and nobody else`() async throws {
      try await Stage.run { stage in
        let scripts = try Scripts()
        let hosts = [
          try stage.startSource("A", scripts.wish), try stage.startTarget("B", scripts.wish),
          try stage.startTarget("C", scripts.wish),
        ]
        try stage.move(hosts[0], hosts[1])
        try stage.end(hosts[0])
        try stage.move(hosts[1], hosts[2])
        try stage.end(hosts[1])
        #expect(scripts.notes == [scripts.line("up", hosts[0])])
        try stage.expectFlow()
        stage.endProbes()
        try stage.end(hosts[2])
        #expect(
          scripts.notes == [scripts.line("up", hosts[0]), scripts.line("down", hosts[2])])
      }
    }

    @Test func `a target without a down script is refused, and the source keeps the duty`()
      async throws
    {
      try await Stage.run { stage in
        let scripts = try Scripts()
        let source = try stage.startSource("A", scripts.wish)
        var wish = Stage.Wish()
        wish.netdev = "tap,id=net0,ifname=\(Stage.tap)"
        let target = try stage.startTarget("B", wish)
        try stage.beginMove(source, target)
        try stage.expectEnd("failed", of: source)
        let said = try stage.error(source)
        #expect(said.contains("downscript: on here, off on the other side"), "\(said)")
        try stage.expectFlow()
        stage.endProbes()
        for host in [target, source] { try stage.end(host) }
        #expect(scripts.notes.last == scripts.line("down", source) && scripts.notes.count == 2)
      }
    }

    @Test func `a TAP that a helper has made moves on, though both sides have named it only`()
      async throws
    {
      try await Stage.run { stage in
        var wish = Stage.Wish(taps: ["vm-0"])
        wish.netdev = "tap,id=net0,helper=\(Program.path) bridge-helper,br=vm"
        let source = try stage.start("A", wish)
        try stage.wait("the helper's TAP") { (try? stage.runState(source)) == "running" }
        try stage.probe(wish)
        let target = try stage.startTarget("B", wish)
        try stage.move(source, target)
        stage.endProbes()
        for host in [source, target] { try stage.end(host) }
      }
    }

    static let points = KillPoint.Side.allCases.flatMap { side in
      KillPoint.Phase.allCases.map { KillPoint(side, at: $0) }
    }

    @Test(arguments: points)
    func `the survivor that has the guest runs it once, and no other process does`(
      point: KillPoint
    ) async throws {
      try await Stage.run { stage in
        let scripts = try Scripts()
        let source = try stage.startSource("A", scripts.wish)
        let target = try stage.startTarget("B", scripts.wish)
        if point.expectedRunner == nil { stage.expectLoss() }
        let survivor = try stage.die(at: point, source, target)
        if point.expectedRunner != nil { try stage.expectFlow() }
        #expect(scripts.notes == [scripts.line("up", source)])
        stage.endProbes()
        try stage.end(survivor)
        // A guest that died with its owner leaves nobody who could know of the duty.
        let runs = point.expectedRunner == nil ? [] : [scripts.line("down", survivor)]
        #expect(scripts.notes == [scripts.line("up", source)] + runs)
      }
    }

    @Test(arguments: [KillPoint.Phase.switch, .offered])
    func `a source that is asked to end in the blackout brings that to its end first`(
      phase: KillPoint.Phase
    ) async throws {
      try await Stage.run { stage in
        let scripts = try Scripts()
        let source = try stage.startSource("A", scripts.wish)
        let target = try stage.startTarget("B", scripts.wish)
        let place = try #require(KillPoint(.source, at: phase).places.first?.place)
        try stage.stop(
          source, in: place.state, of: place.chart, afterEffects: place.isAfterEffects)
        try stage.beginMove(source, target)
        try stage.awaitStop(source)
        source.child.signal(Signal.terminate)
        source.child.resume()
        try stage.wait("the end of the source") { source.hasEnded }
        try stage.expectEnd("completed", of: target)
        try stage.expectFlow()
        stage.endProbes()
        try stage.end(target)
        #expect(scripts.notes == [scripts.line("up", source), scripts.line("down", target)])
      }
    }
  }
}
