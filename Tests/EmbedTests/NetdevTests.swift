import BatonCLinux
import CBaton
import Foundation
import Synchronization
import Testing

@testable import BatonEmbed

/// A TAP in QEMU's words, with programs.
@Suite(.serialized, .timeLimit(.minutes(15))) struct NetdevTests {
  /// Creates a device, and answers what came of it.
  private static func create(
    _ loop: OpaquePointer?, _ netdev: String, _ net: inout OpaquePointer?, queues: UInt32 = 0,
    calls: UnsafePointer<baton_net_calls>? = nil, context: UnsafeMutableRawPointer? = nil
  ) -> (answer: CInt, text: String) {
    var (options, why) = (Calls.options(), Calls.refusal())
    options.queues = queues
    let answer = netdev.withCString { text in
      options.netdev = text
      return baton_net_create(loop, "net0", &options, 1, nil, nil, calls, context, &net, &why)
    }
    return (answer, Calls.text(why))
  }

  @Test func `one refusal names everything that is wrong`() throws {
    var (loop, net): (OpaquePointer?, OpaquePointer?)
    try #require(baton_loop_create(&loop, nil) == 0)
    let (answer, text) = Self.create(loop, "tap,fd=3,ifname=a,queues=0", &net)
    #expect(answer == -1 && net == nil)
    #expect(text.contains("queues=0") && text.contains("fd="), "\(text)")
    #expect(Self.create(loop, String(repeating: "a", count: 5000), &net).answer == -1)
    #expect(baton_loop_destroy(loop) == 0)
  }

  @Test func `a text that cannot be is shown, and what could be`() throws {
    var (loop, made): (OpaquePointer?, OpaquePointer?)
    try #require(baton_loop_create(&loop, nil) == 0)
    var (net, port, why) = (Calls.options(), baton_port_options(), Calls.refusal())
    port.size = UInt32(MemoryLayout<baton_port_options>.size)
    let long = String(repeating: "p", count: 120) + "/end.sock"
    long.withCString { text in
      net.interface_name = text
      #expect(baton_net_create(loop, "net0", &net, 1, nil, nil, nil, nil, &made, &why) == -1)
      #expect(Calls.text(why).contains("p/end.sock'"), "\(Calls.text(why))")
      #expect(Calls.text(why).contains("1 to 15 bytes"))
      port.path = text
      #expect(baton_port_create(loop, "net0", &port, 1, nil, nil, nil, nil, &made, &why) == -1)
      #expect(Calls.text(why).contains("p/end.sock'"), "\(Calls.text(why))")
      #expect(Calls.text(why).contains("a path of 1 to 107 bytes"))
      #expect(baton_port_create(loop, text, &port, 1, nil, nil, nil, nil, &made, &why) == -1)
      #expect(Calls.text(why).contains("p/end.sock'"), "\(Calls.text(why))")
      #expect(Calls.text(why).contains("a name of 1 to 31 bytes"))
    }
    #expect(baton_port_create(loop, "", &port, 1, nil, nil, nil, nil, &made, &why) == -1)
    #expect(Calls.text(why).contains("''"), "\(Calls.text(why))")
    #expect(made == nil && baton_loop_destroy(loop) == 0)
  }

  @Test func `a frame size that no interface has is refused at once`() throws {
    var (loop, made): (OpaquePointer?, OpaquePointer?)
    try #require(baton_loop_create(&loop, nil) == 0)
    var (net, port, why) = (Calls.options(), baton_port_options(), Calls.refusal())
    port.size = UInt32(MemoryLayout<baton_port_options>.size)
    (net.interface_mtu, port.interface_mtu) = (67, 1)
    #expect(baton_net_create(loop, "net0", &net, 1, nil, nil, nil, nil, &made, &why) == -1)
    #expect(Calls.text(why).contains("67 is not possible, expected '68 to 65535'"))
    "/tmp/no.sock".withCString { path in
      port.path = path
      #expect(baton_port_create(loop, "net0", &port, 1, nil, nil, nil, nil, &made, &why) == -1)
    }
    #expect(Calls.text(why).contains("1 is not possible, expected '68 to 65535'"))
    net.interface_mtu = 68
    #expect(baton_net_create(loop, "net0", &net, 1, nil, nil, nil, nil, &made, &why) == 0)
    #expect(baton_net_destroy(made) == 0 && baton_loop_destroy(loop) == 0)
  }

  @Test func `a descriptor is given to one device`() throws {
    var (loop, first, second): (OpaquePointer?, OpaquePointer?, OpaquePointer?)
    try #require(baton_loop_create(&loop, nil) == 0)
    var ends: [CInt] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let again = dup(ends[0])
    #expect(Self.create(loop, "tap,fd=\(ends[0])", &first).answer == 0)
    for number in [ends[0], again] {
      let (answer, text) = Self.create(loop, "tap,fds=\(ends[1]):\(number)", &second)
      #expect(answer == -1 && second == nil)
      #expect(text.contains("descriptor \(number) is not possible"), "\(text)")
    }
    // What was refused is the host's still, and what was given is closed with its device: the end
    // for writing has an error once nobody can read.
    func isRead() -> Bool {
      var writer = pollfd(fd: ends[1], events: 0, revents: 0)
      return poll(&writer, 1, 0) == 0
    }
    #expect(baton_net_destroy(first) == 0 && isRead())
    #expect(Self.create(loop, "tap,fd=\(again)", &second).answer == 0)
    #expect(baton_net_destroy(second) == 0 && !isRead())
    #expect(close(ends[1]) == 0 && baton_loop_destroy(loop) == 0)
  }

  @Test(arguments: ["/nowhere/at/all", "/tmp/baton-none-\(getpid()).sock"])
  func `a port that is refused leaves its descriptors to the host`(path: String) throws {
    var (loop, made, why) = (OpaquePointer?.none, OpaquePointer?.none, Calls.refusal())
    try #require(baton_loop_create(&loop, nil) == 0)
    var ends: [CInt] = [-1, -1]
    try #require(pipe(&ends) == 0)
    var options = baton_port_options()
    options.size = UInt32(MemoryLayout<baton_port_options>.size)
    // A pipe is no TAP.
    let answer = path.withCString { path in
      "tap,fd=\(ends[0])".withCString { netdev in
        (options.path, options.netdev) = (path, netdev)
        return baton_port_create(loop, "net0", &options, 0, nil, nil, nil, nil, &made, &why)
      }
    }
    #expect(answer == -1 && made == nil, "\(Calls.text(why))")
    // Nobody can read any more once the host closes it, and not before.
    var writer = pollfd(fd: ends[1], events: 0, revents: 0)
    #expect(poll(&writer, 1, 0) == 0)
    #expect(close(ends[0]) == 0)
    #expect(poll(&writer, 1, 0) == 1)
    #expect(close(ends[1]) == 0 && baton_loop_destroy(loop) == 0)
  }

  @Test func `what says all of the TAP is said alone`() throws {
    Misuse.toleranceCount.add(1, ordering: .relaxed)
    defer { Misuse.toleranceCount.subtract(1, ordering: .relaxed) }
    var (loop, net): (OpaquePointer?, OpaquePointer?)
    try #require(baton_loop_create(&loop, nil) == 0)
    #expect(Self.create(loop, "tap", &net, queues: 2).answer == -2)
    #expect(baton_loop_destroy(loop) == 0)
  }

  private final class Flag: Sendable {
    let value = Atomic(false)
  }

  /// Whether this process may make a network namespace, and has TAPs.
  private static let isAvailable: Bool = {
    guard access("/dev/net/tun", R_OK | W_OK) == 0 else { return false }
    let (done, isGranted) = (DispatchSemaphore(value: 0), Flag())
    Thread.detachNewThread {
      if clinux_unshare_network() == 0 { isGranted.value.store(true, ordering: .releasing) }
      done.signal()
    }
    return done.wait(timeout: .now() + 30) == .success && isGranted.value.load(ordering: .acquiring)
  }()

  @Test(.enabled(if: isAvailable, "unshare(CLONE_NEWNET) or /dev/net/tun is refused"))
  func `scripts are told of, and a device goes after its down script`() async throws {
    await #expect(processExitsWith: .success) {
      Misuse.toleranceCount.add(1, ordering: .relaxed)
      Self.check(clinux_unshare_network() == 0, "a namespace")
      let folder = try Self.makeScripts()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      var (loop, net): (OpaquePointer?, OpaquePointer?)
      let calls = Calls()
      var netCalls = Calls.net
      Self.check(baton_loop_create(&loop, nil) == 0, "a loop")
      let text = "tap,ifname=vm0,script=\(folder)/up,downscript=\(folder)/down"
      let (answer, said) = Self.create(
        loop, text, &net, calls: &netCalls, context: calls.context)
      Self.check(answer == 0, said)
      Self.check(baton_net_open(net, nil) == 0, "opens")
      Self.check(calls.counts["opened"] == nil, "not before the script")
      Self.check(baton_net_destroy(net) == -2, "a script runs")
      while calls.counts["opened"] == nil { _ = baton_loop_turn(loop, 1) }
      Self.check(calls.counts["said \(folder)/up vm0"] == 1, "\(calls.counts)")
      Self.check(baton_net_destroy(net) == -2, "a down script is owed")
      Self.check(baton_net_close(net) == 0, "closes")
      Self.check(baton_net_destroy(net) == -2, "a down script runs")
      while calls.counts["closed"] == nil { _ = baton_loop_turn(loop, 1) }
      Self.check(baton_net_destroy(net) == 0 && baton_loop_destroy(loop) == 0, "goes")
      let notes = try String(contentsOfFile: "\(folder)/notes", encoding: .utf8)
      Self.check(notes == "\(folder)/up vm0\n\(folder)/down vm0\n", notes)
      Self.check(calls.counts["opened"] == 1 && calls.counts["warned"] == nil, "\(calls.counts)")
    }
  }

  /// A folder with two scripts, which note what they are called with.
  private static func makeScripts() throws -> String {
    let folder = FileManager.default.temporaryDirectory.path + "/netdev-\(getpid())"
    let script = "#!/bin/sh\necho \"$0 $1\" | tee -a \(folder)/notes\n"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in ["up", "down"] {
      try script.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
      chmod("\(folder)/\(name)", 0o755)
    }
    return folder
  }

  /// The process of the exit test says what does not hold.
  private static func check(_ holds: Bool, _ what: String) {
    guard !holds else { return }
    FileHandle.standardError.write(Data("not so: \(what)\n".utf8))
    exit(1)
  }
}
