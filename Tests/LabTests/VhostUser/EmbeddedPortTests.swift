import BatonCLinux
import BatonCore
import BatonLab
import BatonVhostUser
import Foundation
import Testing

extension ProcessTests {
  /// Ports through the C interface, each host on a thread of its own, under front-ends of ours.
  @Suite(.timeLimit(.minutes(15))) struct EmbeddedPortTests {
    private static let guest: UInt32 = 0x0A00_0101

    /// A laboratory in a namespace, and a folder.
    private static func run(_ body: (Lab, String) throws -> Void) async throws {
      try await NamespaceThread.run {
        let folder = try Lab.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(Lab(), folder)
      }
    }

    private static func wait(
      _ lab: Lab, _ what: String, _ hosts: [EmbeddedPort] = [], until isDone: () -> Bool
    ) throws {
      // What another thread has said rings for nobody here.
      for _ in 0..<30_000 where !isDone() { lab.pass(millis: 1) }
      try #require(isDone(), "\(what): \(hosts.map { $0.said.withLock { $0 } })")
    }

    private static func end(_ lab: Lab, _ host: EmbeddedPort) throws {
      host.quit()
      try wait(lab, "the end", [host]) { host.hasEnded.load(ordering: .acquiring) }
    }

    /// Sends probes, and waits for the first answer.
    private static func probe(_ lab: Lab, _ host: EmbeddedPort, flows: Int) throws -> Prober {
      let interface = Interface(name: "tap0")
      try interface.setAddress(Self.guest ^ 1, prefix: 31)
      try interface.setUp(true)
      let prober = try Prober(
        lab.loop, .init(address: Self.guest, ratePerSecond: 200, flows: flows))
      prober.start()
      try Self.wait(lab, "an answer", [host]) { prober.received > 0 }
      return prober
    }

    /// Another host takes the port over, and this one ends.
    private static func replace(
      _ lab: Lab, _ host: EmbeddedPort, _ folder: String, _ pairs: Int
    ) throws -> EmbeddedPort {
      let address = "unix:\(folder)/migration"
      let next = EmbeddedPort(
        .path("\(folder)/net.sock"), tap: "tap0", queues: UInt32(pairs), from: address)
      try wait(lab, "a target", [next]) { next.hasSaid("listening") }
      host.migrate(to: address)
      try wait(lab, "the end of both", [host, next]) {
        host.hasSaid("status completed") && next.hasSaid("status completed")
      }
      try end(lab, host)
      #expect(host.hasSaid("outgoing 0") && host.hasSaid("port 0") && host.hasSaid("loop 0"))
      return next
    }

    @Test(arguments: [1, 4])
    func `hosts in C take a port over from each other, and nothing is lost`(
      pairs: Int
    ) async throws {
      try await Self.run { lab, folder in
        let path = "\(folder)/net.sock"
        var host = EmbeddedPort(.path(path), tap: "tap0", queues: UInt32(pairs))
        try Self.wait(lab, "a port", [host]) { host.hasSaid("outgoing") }
        let guest = try FrontEndGuest(ipv4: Self.guest, pairs: pairs)
        let front = try FrontEnd(lab, guest, at: try #require(SocketPath(path)))
        try front.greet()
        try front.start()
        let prober = try Self.probe(lab, host, flows: 8 * pairs)
        host = try Self.replace(lab, host, folder, pairs)
        let goal = prober.result.sent + 100
        try Self.wait(lab, "answers", [host]) { prober.received >= goal }
        prober.stop()
        try Self.wait(lab, "the last answer", [host]) { prober.outstanding == 0 }
        #expect(prober.result.isClean, "\(prober.result)")
        try Self.end(lab, host)
        for word in ["blackout true", "front-ends 1", "incoming 0", "close 0 1", "port 0"] {
          #expect(host.hasSaid(word), "\(word): \(host.said.withLock { $0 })")
        }
        #expect(Interface(name: "tap0").transmitDrops == nil, "the TAP is left behind")
        #expect(!FileManager.default.fileExists(atPath: path), "the socket is left behind")
        front.close()
      }
    }

    @Test func `a target that differs is refused, and the port goes on`() async throws {
      try await Self.run { lab, folder in
        let (path, address) = ("\(folder)/net.sock", "unix:\(folder)/migration")
        let host = EmbeddedPort(.path(path), tap: "tap0", queues: 2)
        let other = EmbeddedPort(.path(path), tap: "tap0", queues: 1, from: address)
        try Self.wait(lab, "a target", [host, other]) {
          host.hasSaid("outgoing") && other.hasSaid("listening")
        }
        host.migrate(to: address)
        try Self.wait(lab, "the refusal", [host, other]) {
          host.hasSaid("status failed") && other.hasSaid("status failed")
        }
        let front = try FrontEnd(
          lab, try FrontEndGuest(ipv4: Self.guest), at: try #require(SocketPath(path)))
        try front.greet()
        try Self.wait(lab, "a front-end", [host]) { host.hasSaid("connected true") }
        front.close()
        try Self.wait(lab, "its end", [host]) { host.hasSaid("left by itself") }
        try Self.end(lab, other)
        try Self.end(lab, host)
        #expect(host.hasSaid("close 0 1"), "\(host.said.withLock { $0 })")
      }
    }

    @Test func `who breaks the protocol is sent away for it by name`() async throws {
      try await Self.run { lab, folder in
        let path = "\(folder)/net.sock"
        let host = EmbeddedPort(.path(path), tap: "tap0")
        try Self.wait(lab, "a port", [host]) { host.hasSaid("outgoing") }
        let front = try FrontEnd(
          lab, try FrontEndGuest(ipv4: Self.guest), at: try #require(SocketPath(path)))
        try front.send([99, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
        try Self.wait(lab, "its end", [host]) { host.hasSaid("left request 99 is not known") }
        try Self.end(lab, host)
      }
    }

    @Test func `a VMM that listens is called until it answers`() async throws {
      try await Self.run { lab, folder in
        let path = "\(folder)/vmm.sock"
        let host = EmbeddedPort(.calls(path), tap: "tap0")
        try Self.wait(lab, "a call", [host]) { host.hasSaid("unreached \(path) true") }
        let kernel = lab.loop.kernel
        let place = try #require(SocketPath(path))
        let listener = Descriptor(owning: try kernel.listen(path: place, backlog: 1), in: kernel)
        var number: CInt?
        try Self.wait(lab, "another call", [host]) {
          number = number ?? (try? kernel.accept(listener.number))
          return number != nil
        }
        let front = try FrontEnd(
          lab, try FrontEndGuest(ipv4: Self.guest),
          over: Descriptor(owning: try #require(number), in: kernel))
        try front.greet()
        try Self.wait(lab, "a front-end", [host]) { host.hasSaid("connected true") }
        try Self.end(lab, host)
        #expect(host.hasSaid("close 0 1"), "\(host.said.withLock { $0 })")
      }
    }

    @Test func `a socket that is given stays whose it was`() async throws {
      try await Self.run { lab, folder in
        let path = "\(folder)/net.sock"
        let kernel = lab.loop.kernel
        let place = try #require(SocketPath(path))
        let listener = Descriptor(owning: try kernel.listen(path: place, backlog: 1), in: kernel)
        let host = EmbeddedPort(.listener(listener.number), tap: "tap0")
        try Self.wait(lab, "a port", [host]) { host.hasSaid("outgoing") }
        let front = try FrontEnd(lab, try FrontEndGuest(ipv4: Self.guest), at: place)
        try front.greet()
        try Self.end(lab, host)
        #expect(host.hasSaid("connected true") && host.hasSaid("close 0 1"))
        #expect(kernel.isOpen(listener.number) && FileManager.default.fileExists(atPath: path))
        // A TAP of no such name as well: the port is not made, and the socket is as it was.
        let other = EmbeddedPort(.listener(listener.number), tap: "lo")
        try Self.wait(lab, "a refusal", [other]) {
          other.said.withLock { $0.contains { $0.hasPrefix("port answered -1") } }
        }
        try Self.end(lab, other)
        #expect(kernel.isOpen(listener.number))
      }
    }

    @Test func `memory that a VMM could shorten is refused without a handler for it`() async throws
    {
      try await Self.run { lab, folder in
        let path = "\(folder)/net.sock"
        let host = EmbeddedPort(.path(path), tap: "tap0")
        try Self.wait(lab, "a port", [host]) { host.hasSaid("outgoing") }
        let front = try FrontEnd(
          lab, try FrontEndGuest(ipv4: Self.guest), at: try #require(SocketPath(path)))
        try front.greet()
        let file = open("\(folder)/memory", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(file >= 0 && ftruncate(file, 65_536) == 0)
        defer { close(file) }
        try front.say(.setMemoryTable, numbers: [1, 0, 65_536, 0, 0], lending: [file])
        try Self.wait(lab, "its end", [host]) {
          host.said.withLock { $0.contains { $0.contains("not sealed against shrinking") } }
        }
        try Self.end(lab, host)
      }
    }

    /// F_SEAL_SHRINK alone, which is 2: growing pulls nothing from under a mapping.
    @Test func `memory that can grow and not shrink needs no handler`() async throws {
      try await Self.run { lab, folder in
        let path = "\(folder)/net.sock"
        let host = EmbeddedPort(.path(path), tap: "tap0")
        try Self.wait(lab, "a port", [host]) { host.hasSaid("outgoing") }
        let front = try FrontEnd(
          lab, try FrontEndGuest(ipv4: Self.guest), at: try #require(SocketPath(path)))
        try front.greet()
        let memory = clinux_lab_create_memory(2, 0)
        try #require(memory >= 0)
        defer { close(memory) }
        try front.say(.setMemoryTable, numbers: [1, 0, 65_536, 0, 0], lending: [memory])
        _ = try front.ask(.getFeatures)
        try Self.end(lab, host)
      }
    }
  }
}
