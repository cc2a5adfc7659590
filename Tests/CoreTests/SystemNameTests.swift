import Testing

@testable import BatonCore

@Suite(.timeLimit(.minutes(15))) struct SystemNameTests {
  @Test(arguments: ["a", "tap0", "tap%d", "12345678", "123456789", "123456789012345", "...", "é"])
  func `a legal interface name comes back as it was`(text: String) throws {
    let name = try #require(InterfaceName(text))
    #expect(name.description == text)
    #expect(name.bytes == Array(text.utf8))
    #expect(name.count == text.utf8.count)
    #expect(name[name.count] == 0)
    #expect(InterfaceName(bytes: Array(text.utf8)) == name)
  }

  @Test(arguments: ["", ".", "..", "1234567890123456", "a/b", "a:b", "a b", "a\tb", "a\nb", "a\0b"])
  func `a name that the kernel refuses cannot be made`(text: String) {
    #expect(InterfaceName(text) == nil)
  }

  @Test func `of a longer text the end is kept, with a mark in front of it`() {
    #expect(Name(endOf: Array("/etc/vm-up".utf8)).description == "/etc/vm-up")
    let exact = String(repeating: "a", count: Name.limit)
    #expect(Name(endOf: Array(exact.utf8)).description == exact)
    let long = Name(endOf: Array(("/x/" + exact).utf8))
    #expect(long.description == "…" + String(repeating: "a", count: Name.limit - 3))
    // A character is not cut in two.
    let wide = String(repeating: "é", count: 20)
    #expect(Name(endOf: Array(wide.utf8)).description == "…" + String(repeating: "é", count: 14))
    #expect(Name(endOf: Array((wide + "a").utf8)).description.hasSuffix("éa"))
  }

  @Test func `names differ by any byte`() throws {
    let names = ["tap0", "tap00", "tap1", "0tap", "tap0tap0", "tap0tap0x", "tap0tap0y"]
    #expect(Set(names.compactMap { InterfaceName($0) }).count == names.count)
  }

  @Test func `a socket path has 1 to 107 bytes and no NUL`() {
    #expect(SocketPath("") == nil)
    #expect(SocketPath("/a\0b") == nil)
    #expect(SocketPath(String(repeating: "a", count: 108)) == nil)
    #expect(SocketPath(String(repeating: "a", count: 107))?.bytes.count == 107)
    #expect(SocketPath("/run/baton.sock")?.description == "/run/baton.sock")
  }

  @Test func `what the kernel left behind the end of a name does not count`() throws {
    var name = try #require(InterfaceName("abcdefghijkl"))
    try name.lend { pointer throws(SystemError) in
      pointer.storeBytes(of: 0x0030_7061_7430, toByteOffset: 1, as: UInt64.self)
    }
    #expect(name == InterfaceName("a0tap0"))
  }

  @Test func `every call has a name of its own`() {
    #expect(Set(Call.allCases.map { "\($0.name)" }).count == Call.allCases.count)
  }

  @Test(arguments: [
    (
      SystemError(call: .tunSetInterface, code: Errno.busy),
      "TUNSETIFF: Device or resource busy (EBUSY)"
    ),
    (
      SystemError(call: .receive, code: Errno.wouldBlock),
      "recvmsg: Resource temporarily unavailable (EAGAIN)"
    ),
    (
      SystemError(call: .tunInterface, code: Errno.badDescriptorState),
      "TUNGETIFF: File descriptor in bad state (EBADFD)"
    ),
    (SystemError(call: .open, code: 4000), "open: error 4000"),
  ])
  func `an error says which call and which number`(error: SystemError, text: String) {
    #expect(error.description == text)
    #expect(error.isWouldBlock == (error.code == Errno.wouldBlock))
  }
}
