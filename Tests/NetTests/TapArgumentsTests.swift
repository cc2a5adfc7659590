import BatonCore
import Testing

@testable import BatonNet

/// QEMU's option string, and what is looked at before anything is opened.
@Suite(.timeLimit(.minutes(15))) struct TapArgumentsTests {
  private func options(_ text: String, _ names: [String: CInt] = [:]) throws -> TapOptions {
    try TapArguments(parsing: Array(text.utf8)).options { bytes in
      names[String(decoding: bytes, as: UTF8.self)]
    }
  }

  private func mistakes(_ text: String) -> String {
    do throws(TapArgumentError) {
      _ = try TapArguments(parsing: Array(text.utf8)).options()
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func `every option has the meaning of QEMU's`() throws {
    let all = try options(
      "tap,id=n,ifname=a0,script=/up,downscript=/down,sndbuf=1M,vnet_hdr=on,queues=4,mtu=1400,"
        + "vhost=on,vhostforce=off,poll-us=50")
    var expected = TapOptions(
      name: .of("a0"), queues: 4, vnetHeader: .required, sendBuffer: 1 << 20, mtu: 1_400)
    expected.script = TapProgram("/up")
    expected.downScript = TapProgram("/down")
    expected.vhost = .wanted
    expected.pollMicros = 50
    #expect(all == expected)
    #expect(try options("tap") == TapOptions())
    #expect(try options("type=tap,ifname=vm%d").name == .of("vm%d"))
  }

  @Test(arguments: ["", "no"]) func `nothing and no are no script`(word: String) throws {
    let options = try options("tap,script=\(word),downscript=\(word)")
    #expect(options.script == nil && options.downScript == nil)
  }

  @Test func `a script with a NUL is none, and is named`() throws {
    let text = Array("tap,script=/up\0x,downscript=/down\0".utf8)
    #expect {
      try TapArguments(parsing: text).options()
    } throws: { error in
      "\(error)".contains("script=") && "\(error)".contains("downscript=")
        && "\(error)".contains("a path without a NUL")
    }
  }

  @Test func `the down script is that of downscript`() throws {
    let options = try options("tap,script=/up,downscript=no")
    #expect(options.script == TapProgram("/up") && options.downScript == nil)
    #expect(try self.options("tap,downscript=/d").downScript == TapProgram("/d"))
  }

  @Test func `two commas are one, and a key alone is on`() throws {
    #expect(try options("tap,script=/a,,b,vnet_hdr").script == TapProgram("/a,b"))
    #expect(try options("tap,vnet_hdr").vnetHeader == .required)
    #expect(try options("tap,vnet_hdr=off").vnetHeader == .off)
  }

  @Test func `descriptors are numbers, or names that were given to a monitor`() throws {
    let given = try options("tap,fds=12:tap1:14", ["tap1": 3])
    #expect(given.fds == [12, 3, 14] && given.queues == 3)
    let one = try options("tap,fd=7,vhostfd=9")
    #expect(one.fds == [7] && one.vhostFDs == [9] && one.vhost == .wanted)
  }

  @Test(
    arguments: [
      ("vhost=off,vhostforce=on", TapOptions.VhostWish.off), ("vhostforce=on", .required),
      ("vhost=on", .wanted), ("vhostforce=off", .off), ("vhost=on,vhostforce=on", .required),
    ]) func `vhost is on when it is said, or when something needs it`(
      text: String, wish: TapOptions.VhostWish
    ) throws
  {
    #expect(try options("tap,\(text)").vhost == wish)
  }

  @Test func `a send buffer of 0 was asked for, and one without end is none`() throws {
    #expect(try options("tap,sndbuf=0").sendBuffer == 0)
    #expect(try options("tap").sendBuffer == nil)
    #expect(try options("tap,sndbuf=9T").sendBufferLimit == UInt32(Int32.max))
    #expect(try options("tap,sndbuf=2k").sendBuffer == 2_048)
  }

  @Test(
    arguments: [
      ("user", "'user' is no netdev that is known here: 'tap' is"),
      ("tap,ifnam=a", "'ifnam' is not an option of a TAP"),
      ("tap,queues=1,queues=2", "queues= was given twice"),
      ("tap,queues=257", "queues=257 is not possible: 1 to 256"),
      (
        "tap,queues=0,mtu=67",
        "queues=0 is not possible: 1 to 256; mtu=67 is not possible: 68 to 65535"
      ),
      ("tap,vhost=off,vhostfd=3", "vhostfd= cannot be given with vhost=off"),
      (
        "tap,fd=3,ifname=a,script=no,queues=2",
        "ifname=, script=, queues= cannot be given with fd="
      ),
      ("tap,fds=3:4,vhostfd=5", "vhostfd= cannot be given with fds="),
      ("tap,fds=3:4,vhostfds=5", "fds= has 2 descriptors and vhostfds= has 1"),
      ("tap,fds=3:3", "descriptor 3 was given twice"),
      ("tap,fd=net7", "fd=net7 is no descriptor that was given to this process"),
      (
        "tap,helper=/h,ifname=a,downscript=/d,vnet_hdr=on",
        "ifname=, downscript=, vnet_hdr= cannot be given with helper="
      ),
      ("tap,fd=3,netns=blue", "netns= cannot be given with fd="),
      ("tap,helper=/h,netns=blue", "netns= cannot be given with helper="),
      ("tap,netns=", "netns= is not possible: a name of `ip netns`, or a path"),
      ("tap,netns=..", "netns=.. is not possible: a name of `ip netns`, or a path"),
      ("tap,vhostfds=3:4", "vhostfds= needs fds="),
      ("tap,vnet_hdr=maybe", "vnet_hdr=maybe is not possible: on or off"),
    ]) func `says everything that is wrong, with its names`(text: String, said: String)
  {
    #expect(mistakes(text) == said)
  }

  @Test func `vhost that must be is refused, and one that is wished for is told of`() throws {
    let said = "a0: vhost: 'kernel' was asked for, 'userspace' can be had"
    var memory = TapChart.Memory(options: try options("tap,ifname=a0,vhost=on"))
    #expect(memory.options.impossibility == nil)
    var outbox = Outbox<TapChart>()
    TapChart.run(.noteOpened, &memory, nil, &outbox)
    #expect(memory.warning?.description == said && outbox.count == 1)
    #expect(try options("tap,ifname=a0,vhostforce=on").impossibility?.description == said)
  }

  @Test(arguments: [
    ("blue", "/run/netns/blue"), ("/proc/7/ns/net", "/proc/7/ns/net"), ("./blue", "./blue"),
  ]) func `a network namespace is a name of ip-netns, or a path`(
    text: String, path: String
  ) throws {
    #expect(try options("tap,ifname=a0,netns=\(text)").network?.path == path)
    #expect(TapNetwork(bytes: text.utf8 + [0]) == nil)
    #expect(TapNetwork(String(repeating: "/", count: 4096)) == nil)
  }

  @Test func `options that exclude each other are refused in Swift as well`() {
    let world = TapWorld()
    var options = TapOptions(name: .of("a0"))
    options.helper = TapProgram("/h")
    let tap = world.tap(options)
    let refused = refusal { () throws(Refusal) in try tap.begin(.running) }
    #expect(refused?.description == "a0: helper cannot be given with 'ifname'")
    #expect(world.kernel.calls.isEmpty && tap.state == .failed)
  }
}
