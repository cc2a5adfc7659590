import BatonCore
import Glibc
import Testing

@testable import BatonNet

/// Macvtaps at one end of a cable, in a namespace of the test's own.
private enum Macvtap {
  static let name = InterfaceName.of("mac0")
  /// The other end of the cable.
  static let far = InterfaceName.of("far0")

  /// Whether this kernel has them, and makes their devices. BATON_MACVTAP=1 says that it must: the
  /// machines of Scripts/vm-test.sh have the module.
  static let isAvailable: Bool = {
    // Safe: nothing changes the environment.
    if unsafe getenv("BATON_MACVTAP") != nil { return true }
    guard Namespace.isAvailable else { return false }
    return (try? run { _ in }) != nil
  }()

  /// Runs `body` with a macvtap and the path of its device.
  static func run(_ body: (String) throws -> Void) throws {
    try Namespace.run {
      try ip("link add low0 type veth peer name far0")
      try ip("link add link low0 name mac0 index \(newIndex()) type macvtap mode passthru")
      for name in ["low0", "far0", "mac0"] { try ip("link set \(name) up") }
      let path = "/dev/tap\(try Kernel().interfaceIndex(name))"
      // Made by a thread of the kernel.
      let deadline = Deadline()
      while access(path, R_OK | W_OK) != 0, !deadline.isOver() { Kernel().yield() }
      try body(path)
    }
  }

  /// The device has its name from the index, and is not in a namespace: no other test has this one.
  static func newIndex() -> Int { .random(in: 1_000_000...2_000_000_000) }

  /// Runs ip(8) in the namespace of this thread.
  static func ip(_ arguments: String) throws {
    let kernel = Kernel()
    let program = ChildProgram(
      "/usr/sbin/ip", arguments.split(separator: " ").map(String.init))
    let child = try kernel.spawn(program, lending: ChildDescriptors(input: 2, output: 2, error: 2))
    defer { kernel.close(child.pidfd) }
    let deadline = Deadline()
    var status: BatonCore.ExitStatus?
    while status == nil, !deadline.isOver() {
      kernel.yield()
      status = try kernel.exitStatus(of: child.pidfd)
    }
    try #require(status == .exited(0), "ip \(arguments)")
  }
}

/// A macvtap is not made by who opens it, and each of its queues is a file by itself; else it is
/// served and moved as a TAP is.
@Suite(
  .timeLimit(.minutes(15)), .enabled(if: Macvtap.isAvailable, "there is no macvtap, or no device"))
struct MacvtapTests {
  private func options(_ queues: Int = 1) -> TapOptions {
    TapOptions(name: Macvtap.name, queues: queues)
  }

  /// The device, as who manages the machine opens it.
  private func given(_ path: String, _ queues: Int) throws -> [CInt] {
    try (0..<queues).map { _ in
      let number = open(path, O_RDWR | O_CLOEXEC)
      try #require(number >= 0)
      if queues > 1 {
        _ = try Kernel().tunSetInterface(number, name: Macvtap.name, flags: 0x5102)
      }
      return number
    }
  }

  private func start(_ world: TapWorld, _ path: String, _ queues: Int, isGiven: Bool) throws -> Tap
  {
    var options = options(queues)
    if isGiven {
      options.name = nil
      options.fds = try given(path, queues)
    }
    let tap = world.tap(options)
    try tap.begin(.running)
    return tap
  }

  @Test(arguments: [1, 4], [true, false])
  func `is opened by its name or given, and changes hands without a loss`(
    queues: Int, isGiven: Bool
  ) throws {
    try Macvtap.run { path in
      let world = TapWorld()
      let source = try start(world, path, queues, isGiven: isGiven)
      let former = PortRecorder(source)
      #expect(source.state == .polling && source.memory.properties.name == Macvtap.name)
      for queue in 0..<queues {
        #expect(try world.kernel.tunHeaderSize(source.descriptors[queue]) == 12)
      }
      let wire = try Wire(Macvtap.far)
      for number in 0..<20 { wire.send(number) }
      world.settle(former, 20)
      former.send(1)
      #expect(wire.received(1) == [1])

      let target = world.tap(options(queues), name: "net1")
      let port = PortRecorder(target)
      try target.begin(.prepared)
      let offer = try source.describe()
      let mutations = world.kernel.tunMutations
      try target.consider(offer, try world.passed(source.lend()))
      try source.quiesce()
      for number in 20..<120 { wire.send(number) }
      try target.load(source.memory.properties)
      try target.take()
      try target.resume()
      source.release()
      world.settle(port, 100)
      #expect(former.numbers == Array(0..<20) && port.numbers == Array(20..<120))
      for queue in 0..<queues { port.send(queue, queue: queue) }
      #expect(wire.received(queues) == Array(0..<queues))
      #expect(world.kernel.tunMutations == mutations)
      for tap in [source, target] { tap.close() }
      #expect(world.kernel.open.isEmpty)
      // It was not made here, and stays.
      #expect(try Kernel().interfaceIndex(Macvtap.name) != 0)
    }
  }

  @Test func `a queue with another header than the first one is refused`() throws {
    try Macvtap.run { path in
      let world = TapWorld()
      let source = try start(world, path, 2, isGiven: false)
      let target = world.tap(options(2), name: "net1")
      try target.begin(.prepared)
      let offer = try source.describe()
      try Kernel().tunSetHeaderSize(source.descriptors[1], 10)
      let refused = target.refusal(offer, try world.passed(source.lend()))
      #expect(
        refused?.description == "net1: vnet header size: 10 here, 12 on the other side")
      // The way back sets what differs, on the queue where it does.
      source.withdraw()
      try source.quiesce()
      try source.restore()
      #expect(try Kernel().tunHeaderSize(source.descriptors[1]) == 12)
      for tap in [source, target] { tap.close() }
      #expect(world.kernel.open.isEmpty)
    }
  }

  @Test func `is refused when it is received in place of a TAP`() throws {
    try Macvtap.run { path in
      let world = TapWorld()
      let source = world.tap(TapOptions(name: .of("a0")))
      try source.begin(.running)
      let offer = try source.describe()
      let target = world.tap(TapOptions(name: .of("a0")), name: "net1")
      try target.begin(.prepared)
      let macvtap = try given(path, 1)
      defer { close(macvtap[0]) }
      let text = target.refusal(offer, try world.passed(macvtap))?.description ?? ""
      #expect(text == "net1: interface: 'a0' here, 'mac0' on the other side")
      #expect(target.state == .expecting)
      for tap in [source, target] { tap.close() }
      #expect(world.kernel.open.isEmpty)
    }
  }

  @Test func `one whose device is missing is told by the name of that`() throws {
    try Macvtap.run { path in
      let world = TapWorld()
      try #require(unlink(path) == 0)
      let tap = world.tap(options())
      let refused = refusal { () throws(Refusal) in try tap.begin(.running) }
      #expect(refused?.description == "\(path): open: No such file or directory (ENOENT)")
      #expect(tap.state == .failed && world.kernel.open.isEmpty)
      tap.close()
    }
  }

  @Test func `a device that is another one's is refused`() throws {
    try Macvtap.run { path in
      let world = TapWorld()
      // What a stale node, or one of another namespace, is like.
      try Macvtap.ip("link add low1 type veth peer name far1")
      try Macvtap.ip(
        "link add link low1 name mac1 index \(Macvtap.newIndex()) type macvtap mode passthru")
      let other = "/dev/tap\(try Kernel().interfaceIndex(.of("mac1")))"
      try #require(unlink(path) == 0 && symlink(other, path) == 0)
      defer { unlink(path) }
      let tap = world.tap(options())
      let refused = refusal { () throws(Refusal) in try tap.begin(.running) }
      #expect(
        refused?.description == "\(path): interface: 'mac0' here, 'mac1' on the other side")
      #expect(world.kernel.open.isEmpty)
      tap.close()
    }
  }

  @Test func `one that is deleted under the guest is lost when it is asked for`() throws {
    try Macvtap.run { path in
      let world = TapWorld()
      let tap = try start(world, path, 1, isGiven: false)
      let port = PortRecorder(tap)
      try Wire.delete(Macvtap.name)
      let refused = refusal { () throws(Refusal) in _ = try tap.describe() }
      #expect(refused?.code == Errno.noLink && tap.state == .failed)
      #expect(port.losses.count == 1)
      tap.close()
      #expect(world.kernel.open.isEmpty)
    }
  }
}

// A cable hands frames on by itself, at the other end's time.
extension TapWorld {
  /// Runs rounds until so many frames came, or it takes too long.
  fileprivate func settle(_ port: PortRecorder, _ count: Int) {
    let deadline = Deadline()
    while port.numbers.count < count, !deadline.isOver() { settle() }
  }
}

extension Wire {
  /// The numbers of so many frames, or of those that came in time.
  fileprivate func received(_ count: Int) -> [Int] {
    let deadline = Deadline()
    var numbers: [Int] = []
    while numbers.count < count, !deadline.isOver() { numbers += received() }
    return numbers
  }
}
