import BatonCore
import BatonLab
import Foundation
import Testing

extension ProcessTests {
  /// TAPs that are in another network namespace than the hosts that serve them.
  @Suite(.timeLimit(.minutes(15))) struct NamespaceMoveTests {
    /// A host in a namespace of its own, which is empty, with a TAP in the one of the stage.
    private func wish(_ place: String?, _ more: String = "") -> Stage.Wish {
      var wish = Stage.Wish()
      wish.launcher = ["/usr/bin/unshare", "--net", "--"]
      let netns = place.map { ",netns=\($0)" } ?? ""
      wish.netdev = "tap,id=net0,ifname=\(Stage.tap)\(netns)\(more)"
      return wish
    }

    /// The namespace of this thread, as another process finds it.
    private func here() throws -> String {
      let thread = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
      return "/proc/\(thread)/ns/net"
    }

    @Test func `a guest moves to and fro between hosts that cannot see its interface`()
      async throws
    {
      try await Stage.run { stage in
        let place = try here()
        let a = try stage.startSource("A", wish(place))
        #expect(Interface(name: Stage.tap).transmitDrops != nil)
        let b = try stage.startTarget("B", wish(place))
        try stage.move(a, b)
        try stage.move(b, a)
        // The interface tells where it is to a target that was told nothing.
        try stage.move(a, try stage.startTarget("C", wish(nil)))
      }
    }

    @Test func `a target that expects it elsewhere is refused with both numbers`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource("A", wish(try here()))
        let target = try stage.startTarget("B", wish("/proc/self/ns/net"))
        try stage.beginMove(source, target)
        try stage.expectRefusal(source, ["network namespace: "])
        try stage.expectFailure(target, ["network namespace: "])
        try stage.move(source, try stage.startTarget("C", wish(try here())))
      }
    }

    @Test func `scripts run where the interface is, whoever runs them`() async throws {
      try await Stage.run { stage in
        let notes = FileManager.default.temporaryDirectory.path + "/netns-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
          atPath: notes, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: notes) }
        for name in ["up", "down"] {
          let text =
            "#!/bin/sh\necho \(name) $1 $(readlink /proc/self/ns/net) >>\(notes)/all\n"
            + "exec /usr/sbin/ip link show dev $1 >/dev/null\n"
          try text.write(toFile: "\(notes)/\(name)", atomically: true, encoding: .utf8)
          try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: "\(notes)/\(name)")
        }
        let scripts = ",script=\(notes)/up,downscript=\(notes)/down"
        let source = try stage.startSource("A", wish(try here(), scripts))
        let target = try stage.startTarget("B", wish(nil, scripts))
        try stage.move(source, target)
        try stage.end(source)
        stage.endProbes()
        try stage.end(target)
        let place = try FileManager.default.destinationOfSymbolicLink(
          atPath: "/proc/thread-self/ns/net")
        let said = try String(contentsOfFile: "\(notes)/all", encoding: .utf8)
        #expect(said == "up tap0 \(place)\ndown tap0 \(place)\n")
      }
    }

    @Test func `a name of ip-netns is one, and one that is none ends the host with its name`()
      async throws
    {
      try await Stage.run { stage in
        let name = "baton-\(UUID().uuidString.prefix(8))"
        let outcome = try Program.run(
          ["host", "--control", "\(stage.folder)/x", "--netdev", "tap,ifname=t0,netns=\(name)"])
        #expect(outcome.status != 0)
        #expect(
          outcome.errors.contains("\(name): open: No such file or directory (ENOENT)"),
          "\(outcome.errors)")
        let ip = "/usr/sbin/ip"
        try #require(try Program.execute([ip, "netns", "add", name]).status == 0)
        defer { _ = try? Program.execute([ip, "netns", "del", name]) }
        var wish = Stage.Wish()
        wish.netdev = "tap,id=net0,ifname=t0,netns=\(name)"
        wish.taps = ["t0"]
        let host = try stage.start("A", wish)
        let link = [ip, "-netns", name, "link", "show", "dev", "t0"]
        #expect(try Program.execute(link).status == 0)
        #expect(Interface(name: "t0").transmitDrops == nil)
        try stage.end(host)
        #expect(try Program.execute(link).status != 0)
      }
    }
  }
}
