import BatonCore
import Glibc
import Testing

@testable import BatonNet

/// The macvtap that a machine has for these tests.
private enum Macvtap {
  static let path = setting("BATON_MACVTAP")
  static let name = setting("BATON_MACVTAP_NAME")

  private static func setting(_ name: String) -> String? {
    // Safe: the text is copied before anything else could change the environment.
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}

/// A macvtap looks like a TAP and is none. BATON_MACVTAP names one that is there (`/dev/tap7`), and
/// BATON_MACVTAP_NAME its interface; the machines of Scripts/vm-test.sh have one.
@Suite(.timeLimit(.minutes(15)), .enabled(if: Macvtap.path != nil, "BATON_MACVTAP is not set"))
struct MacvtapTests {
  @Test func `is refused by its name when it is received in place of a TAP`() throws {
    let world = TapWorld()
    let source = world.tap(TapOptions(name: .of("a0")))
    try source.begin(.running)
    let offer = try source.describe()
    let path = try #require(Macvtap.path)
    let macvtap = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    try #require(macvtap >= 0)
    defer { close(macvtap) }
    let target = world.tap(TapOptions(name: .of("a0")), name: "net1")
    try target.begin(.prepared)
    let text = target.refusal(offer, try world.passed([macvtap]))?.description ?? ""
    #expect(text == "net1: descriptor: 'macvtap device' was received, expected 'TUN device'")
    #expect(target.state == .expecting)
    target.close()
    source.close()
    #expect(world.kernel.open.isEmpty)
  }

  @Test func `a second holder of it is not refused by Linux, which is why Baton does`() throws {
    let path = try #require(Macvtap.path)
    let first = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    let second = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    #expect(first >= 0 && second >= 0)
    for number in [first, second] where number >= 0 { close(number) }
  }

  @Test func `is refused when a TAP of its interface's name is to be opened`() throws {
    let name = InterfaceName.of(try #require(Macvtap.name))
    let world = TapWorld()
    let tap = world.tap(TapOptions(name: name))
    do {
      try tap.begin(.running)
      Issue.record("a macvtap was opened as a TAP")
    } catch {
      #expect(error.description.contains("the interface is 'no TAP'"), "\(error)")
    }
    tap.close()
    #expect(world.kernel.open.isEmpty)
  }
}
