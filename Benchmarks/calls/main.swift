// The calls of Scripts/libbaton/cost.c, in Swift.
import BatonCore
import BatonNet
import Glibc

final class Nobody: Watcher, TransferPolicy {
  var transfersBackends: Bool { true }
  func ready(_ what: Ready, watch: Int) {}
}

/// The chart of cost.c.
enum Toggle: Chart {
  enum State: UInt8, Symbol { case off, on }
  enum Event: UInt8, Symbol, Message { case change }
  enum Guard: UInt8, Symbol { case may }
  enum Action: UInt8, Symbol { case count }

  static let name: StaticString = "toggle"
  static let table = Table.trusted(Toggle.self)

  static var definition: Definition<Self> {
    chart(initial: .off) {
      state(.off) { on(.change, if: .may, do: .count, to: .on) }
      state(.on) { on(.change, if: .may, do: .count, to: .off) }
    }
  }

  static func check(_ guard: Guard, _ memory: UInt64, _ event: Event?) -> Bool { memory != .max }
  static func run(
    _ action: Action, _ memory: inout UInt64, _ event: Event?, _ outbox: inout Outbox<Self>
  ) { memory += 1 }
}

let (batchCount, callCount) = (40, 100_000)

// Not inlined, as little as what C calls through a pointer.
@inline(never) func measure(_ name: String, _ clock: EventLoop, _ call: () -> Void) {
  var least = UInt64.max
  for _ in 0..<batchCount {
    let began = clock.now
    for _ in 0..<callCount { call() }
    least = min(least, clock.now - began)
  }
  let tenths = (least * 10 + UInt64(callCount / 2)) / UInt64(callCount)
  print("\(name) \(tenths / 10).\(tenths % 10)")
}

let loop = EventLoop(kernel: Kernel())
let nobody = Nobody()
let timer = BatonCore.Timer(loop, calling: nobody)
let net = NetDevice(
  loop, name: Name("net0"), options: .init(tap: TapOptions(), mac: MACAddress(2, 0, 0, 0, 0, 0)),
  notifiers: NotifierList(), policy: nobody)
let driver = Driver<Toggle>(loop, Toggle.table, memory: 0, number: 0, observer: nil)
driver.start()
if CommandLine.arguments.count > 1, let count = UInt64(CommandLine.arguments[1]) {
  for _ in 0..<count { driver.send(.change) }
  precondition(driver.memory == count)
  exit(0)
}
measure("now", loop) { _ = loop.now }
measure("arm", loop) { timer.arm(after: 1_000_000_000_000) }
measure("notify", loop) { net.notify(queue: 1) }
measure("status", loop) { _ = net.virtio?.status }
measure("event", loop) { driver.send(.change) }
precondition(driver.memory == UInt64(batchCount * callCount))
