// The calls of Scripts/libbaton/cost.c, in Swift.
import BatonCore
import BatonNet

final class Nobody: Watcher, TransferPolicy {
  var transfersBackends: Bool { true }
  func ready(_ what: Ready, watch: Int) {}
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
measure("now", loop) { _ = loop.now }
measure("arm", loop) { timer.arm(after: 1_000_000_000_000) }
measure("notify", loop) { net.notify(queue: 1) }
measure("status", loop) { _ = net.virtio?.status }
