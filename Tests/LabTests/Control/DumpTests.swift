import BatonCore
import BatonHost
import BatonLab
import Foundation
import Testing

extension ProcessTests {
  /// `object-add` of a `filter-dump`: the frames of a netdev, as tcpdump and Wireshark read them.
  @Suite(.timeLimit(.minutes(15))) struct DumpTests {
    /// A file of libpcap's (draft-ietf-opsawg-pcap): its head, and its frames.
    private struct Capture {
      struct Unfinished: Error {}
      var snapLength = 0
      var linkType = 0
      var frames: [(length: Int, bytes: [UInt8])] = []

      /// - Throws: That the file ends within a record, or is none of this kind.
      init(_ path: String) throws {
        let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
        func word(_ at: Int) -> Int {
          (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
        }
        try #require(bytes.count >= 24 && word(0) == 0xA1B2_C3D4 && word(4) == 0x0004_0002)
        (snapLength, linkType) = (word(16), word(20))
        var position = 24
        while position < bytes.count {  // Each step goes on by a record.
          // A file that is being written may end within a record.
          guard position + 16 <= bytes.count else { throw Unfinished() }
          let (kept, length) = (word(position + 8), word(position + 12))
          try #require(word(position + 4) < 1_000_000 && kept <= length)
          guard position + 16 + kept <= bytes.count else { throw Unfinished() }
          frames.append((length, [UInt8](bytes[(position + 16)..<(position + 16 + kept)])))
          position += 16 + kept
        }
      }

      /// IPv4 with UDP, which is what probes are, from or to this address of the guest.
      func probes(from source: [UInt8]) -> Int {
        frames.count {
          Array($0.bytes.dropFirst(12).prefix(2)) == [8, 0]
            && Array($0.bytes.dropFirst(26).prefix(4)) == source
        }
      }
    }

    private static let guest: [UInt8] = [10, 0, 1, 1]
    private static let kernel: [UInt8] = [10, 0, 1, 0]

    private func add(
      _ host: HostProcess, _ id: String, _ file: String, _ more: [String: Any] = [:]
    ) throws {
      let own: [String: Any] = [
        "qom-type": "filter-dump", "id": id, "netdev": "net0", "file": file,
      ]
      try host.control.call("object-add", own.merging(more) { $1 })
    }

    @Test func `both ways are written, whole or cut, one way alone, and nothing after the end`()
      async throws
    {
      try await Stage.run { stage in
        let folder = FileManager.default.temporaryDirectory.path + "/dump-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let host = try stage.startSource()
        // What stands in the file is gone.
        try Data(repeating: 1, count: 100).write(to: URL(filePath: "\(folder)/all"))
        try add(host, "all", "\(folder)/all")
        try add(host, "cut", "\(folder)/cut", ["maxlen": 34])
        try add(host, "sent", "\(folder)/sent", ["queue": "rx"])
        try add(host, "off", "\(folder)/off", ["status": "off"])
        try stage.expectFlow()
        for id in ["all", "cut", "sent", "off"] {
          try host.control.call("object-del", ["id": id])
        }
        try stage.expectFlow()
        // Written on another thread: this is the end of it.
        stage.endProbes()
        try stage.end(host)
        let (all, cut) = (try Capture("\(folder)/all"), try Capture("\(folder)/cut"))
        #expect(all.snapLength == 65_536 && all.linkType == 1)
        let (sent, received) = (all.probes(from: Self.guest), all.probes(from: Self.kernel))
        #expect(sent >= 20 && received >= 20 && sent < 400)
        // No header of the TAP's stands before a frame.
        #expect(all.frames.allSatisfy { $0.length == $0.bytes.count && $0.length < 1_515 })
        #expect(cut.snapLength == 34 && cut.frames.allSatisfy { $0.bytes.count == 34 })
        #expect(cut.probes(from: Self.guest) >= 20)
        let oneWay = try Capture("\(folder)/sent")
        #expect(oneWay.probes(from: Self.guest) >= 20 && oneWay.probes(from: Self.kernel) == 0)
        #expect(try Capture("\(folder)/off").frames.isEmpty)
      }
    }

    @Test func `a file has one dump, and what is no file any number`() async throws {
      try await Stage.run { stage in
        let path = FileManager.default.temporaryDirectory.path + "/dump-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let host = try stage.startSource()
        try add(host, "one", path)
        let twice = stage.refusal(
          host, "object-add",
          arguments: ["qom-type": "filter-dump", "id": "two", "netdev": "net0", "file": path])
        #expect(twice == "net dump: another one is written to \(path)")
        // It is the file that counts, and not how it is called.
        let files = FileManager.default
        let (soft, hard) = (path + ".soft", path + ".hard")
        try files.createSymbolicLink(atPath: soft, withDestinationPath: path)
        try files.linkItem(atPath: path, toPath: hard)
        defer { for link in [soft, hard] { try? files.removeItem(atPath: link) } }
        let around = path.replacingOccurrences(of: "/dump-", with: "/./dump-")
        for other in [soft, hard, around] {
          let again = stage.refusal(
            host, "object-add",
            arguments: ["qom-type": "filter-dump", "id": "two", "netdev": "net0", "file": other])
          #expect(again == "net dump: another one is written to \(other)")
        }
        for id in ["null", "void"] { try add(host, id, "/dev/null") }
        try stage.expectFlow()
      }
    }

    @Test func `a disk that is full costs the dump, and the guest nothing`() async throws {
      try await Stage.run { stage in
        let said = FileManager.default.temporaryDirectory.path + "/said-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: said) }
        var wish = Stage.Wish()
        wish.launcher = ["/bin/sh", "-c", "exec \"$0\" \"$@\" 2>'\(said)'"]
        let host = try stage.startSource("A", wish)
        try add(host, "full", "/dev/full")
        try stage.expectFlow()
        try stage.expectRunner(host)
        try host.control.call("object-del", ["id": "full"])
        try stage.expectFlow()
        stage.endProbes()
        try stage.end(host)
        let log = try String(contentsOfFile: said, encoding: .utf8)
        #expect(log.contains("are missing in its dump: write: No space left on device"), "\(log)")
      }
    }

    @Test func `a dump sees a guest that comes back, and ends with its netdev`() async throws {
      try await Stage.run { stage in
        let path = FileManager.default.temporaryDirectory.path + "/dump-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (a, b) = (try stage.startSource("A"), try stage.startTarget("B"))
        try add(a, "d", path)
        try stage.move(a, b)
        try stage.move(b, a)
        var before = 0
        try stage.wait("a whole file") {
          guard let seen = try? Capture(path).frames.count else { return false }
          before = seen
          return true
        }
        try stage.expectFlow()
        try stage.wait("frames in the dump") { (try? Capture(path).frames.count) ?? 0 > before }
        let again = stage.refusal(
          a, "object-add",
          arguments: ["qom-type": "filter-dump", "id": "d", "netdev": "net0", "file": path])
        #expect(again == "attempt to add duplicate property 'd' to object (type 'container')")
        stage.expectLoss()
        try a.control.call("device_del", ["id": "net0"])
        try a.control.call("netdev_del", ["id": "net0"])
        #expect(stage.refusal(a, "object-del", arguments: ["id": "d"]) == "object 'd' not found")
      }
    }

    @Test func `frames that the kernel carries are not seen, which is said`() async throws {
      try await Stage.run { stage in
        var wish = Stage.Wish()
        wish.netdev = "tap,id=net0,ifname=\(Stage.tap),vhost=on"
        let host = try stage.startSource("A", wish)
        let devices = try host.control.call("query-guest")["devices"] as? [String: [String: Any]]
        guard devices?["net0"]?["datapath"] as? String == "kernel" else {
          // There is no vhost-net, and this process serves the rings after all.
          return try add(host, "d", "/dev/null")
        }
        let said = stage.refusal(
          host, "object-add",
          arguments: ["qom-type": "filter-dump", "id": "d", "netdev": "net0", "file": "/dev/null"])
        #expect(said == "Vhost is not supported")
      }
    }
  }
}
