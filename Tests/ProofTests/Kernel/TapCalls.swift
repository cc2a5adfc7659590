import BatonCore

@testable import BatonProof
@testable import BatonTesting

/// Random calls on /dev/net/tun, on both kernels; in a namespace of the test's own.
struct TapCalls: StateTest {
  let pair = KernelPair()

  init(_ choices: Choices) { pair.settle(Self.names) }

  private static let names = ["t0", "t1"]

  var text: String { "\(pair.handles.count) open" }

  private func some(_ choices: Choices) -> Int { choices.below(pair.handles.count, "which") }

  private static func name(_ choices: Choices) -> InterfaceName {
    InterfaceName(bytes: choices.pick(names, "name").utf8)!
  }

  static var commands: [Command<Self>] {
    [
      Command("open") { world, _ in
        try world.pair.open("open") { kernel, _ throws(SystemError) in [try kernel.openTun()] }
      },
      Command("attach", weight: 8) { world, choices in
        let name = name(choices)
        // IFF_TAP and IFF_NO_PI, and perhaps IFF_MULTI_QUEUE, IFF_VNET_HDR, IFF_TUN_EXCL.
        let more: UInt16 = choices.pick([0, 0x100, 0x4000, 0x4100, 0x8000], "flags")
        try world.pair.call("attach to \(name)", on: world.some(choices)) {
          kernel, fd throws(SystemError) in
          "\(try kernel.tunSetInterface(fd, name: name, flags: 0x1002 | more))"
        }
      }.when { !$0.pair.handles.isEmpty },
      Command("duplicate", weight: 1) { world, choices in
        try world.pair.open("duplicate", on: world.some(choices)) {
          kernel, fd throws(SystemError) in
          [try kernel.duplicate(fd)]
        }
      }.when { !$0.pair.handles.isEmpty },
      Command("close", weight: 3) { world, choices in
        try world.pair.close(world.some(choices))
        world.pair.settle(names)
      }.when { !$0.pair.handles.isEmpty },
      Command("set", weight: 6, set).when { !$0.pair.handles.isEmpty },
      Command("ask", weight: 8, ask).when { !$0.pair.handles.isEmpty },
      Command("set MTU", weight: 3) { world, choices in
        let name = name(choices)
        let size = UInt32(choices.pick([0, 67, 68, 1_500, 9_000, 65_521, 65_522], "size"))
        try world.pair.call("MTU \(size) of \(name)") { kernel, _ throws(SystemError) in
          try kernel.setInterfaceMTU(name, size)
          return "done"
        }
      },
      Command("find", weight: 3) { world, choices in
        let name = name(choices)
        try world.pair.call("queues of \(name)") { kernel, _ throws(SystemError) in
          "\(try kernel.tunQueueCount(name))"
        }
        try world.pair.call("index of \(name)") { kernel, _ throws(SystemError) in
          try kernel.interfaceIndex(name) > 0 ? "found" : "none"
        }
        try world.pair.call("MTU of \(name)") { kernel, _ throws(SystemError) in
          "\(try kernel.interfaceMTU(name))"
        }
      },
    ]
  }

  private static func set(_ world: inout Self, _ choices: Choices) throws {
    let place = world.some(choices)
    switch choices.below(5, "what") {
    case 0:
      let size = CInt(choices.pick([0, 9, 10, 12, 20], "size"))
      try world.pair.call("header \(size)", on: place) { kernel, fd throws(SystemError) in
        try kernel.tunSetHeaderSize(fd, size)
        return "done"
      }
    case 1:
      let size = CInt(choices.pick([-1, 0, 1, 100_000], "size"))
      try world.pair.call("send buffer \(size)", on: place) { kernel, fd throws(SystemError) in
        try kernel.tunSetSendBuffer(fd, size)
        return "done"
      }
    case 2:
      let offload = UInt32(choices.below(128, "offload"))
      try world.pair.call("offload \(offload)", on: place) { kernel, fd throws(SystemError) in
        try kernel.tunSetOffload(fd, offload)
        return "done"
      }
    case 3:
      let isAttached = choices.below(2, "attached") == 1
      try world.pair.call("queue \(isAttached)", on: place) { kernel, fd throws(SystemError) in
        try kernel.tunSetQueue(fd, isAttached: isAttached)
        return "done"
      }
    case _:
      try world.pair.call("non-blocking", on: place) { kernel, fd throws(SystemError) in
        try kernel.setNonBlocking(fd)
        return "done"
      }
    }
  }

  private static func ask(_ world: inout Self, _ choices: Choices) throws {
    let place = world.some(choices)
    try world.pair.call("what it is", on: place) { kernel, fd throws(SystemError) in
      "\(try kernel.kind(of: fd)) \(try kernel.isNonBlocking(fd))"
    }
    try world.pair.call("interface", on: place) { kernel, fd throws(SystemError) in
      "\(try kernel.tunInterface(fd))"
    }
    try world.pair.call("header", on: place) { kernel, fd throws(SystemError) in
      "\(try kernel.tunHeaderSize(fd)) \(try kernel.tunSendBuffer(fd))"
    }
    try world.pair.call("features", on: place) { kernel, fd throws(SystemError) in
      "\(try kernel.tunFeatures(fd) & 0x7173)"
    }
  }
}
