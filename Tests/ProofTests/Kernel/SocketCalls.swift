import BatonCore

@testable import BatonProof
@testable import BatonTesting

/// Random calls on sockets, eventfds and memfds, on both kernels.
struct SocketCalls: StateTest {
  let pair = KernelPair()
  private var step = 0

  init(_ choices: Choices) {}

  var text: String { "\(pair.handles.count) open" }

  private func some(_ choices: Choices) -> Int { choices.below(pair.handles.count, "which") }

  private static func bytes(_ choices: Choices) -> [UInt8] {
    let first = UInt8(choices.below(200, "first byte"))
    return (0..<choices.int(1...9, "length")).map { first &+ UInt8($0) }
  }

  private static func send(_ world: inout Self, _ choices: Choices) throws {
    let place = world.some(choices)
    let bytes = bytes(choices)
    let linux = world.pair.linux
    // Sockets in sockets are collected when the kernel likes to (unix_gc).
    let others = try world.pair.handles.filter { try linux.kind(of: $0.linux).type != .socket }
    let isCarrier = !others.isEmpty && choices.chance(oneIn: 2, "with descriptors")
    let count = isCarrier ? choices.int(1...3, "descriptors") : 0
    let sent = (0..<count).map { _ in choices.pick(others, "descriptor") }
    try world.pair.call("send \(bytes.count) bytes, \(count) descriptors", on: place) {
      kernel, fd throws(SystemError) in
      let numbers = sent.map { kernel === linux ? $0.linux : $0.simulated }
      let result = bytes.withUnsafeBytes { bytes in
        numbers.withUnsafeBufferPointer { numbers in
          Result { () throws(SystemError) in
            try kernel.send(fd, bytes: bytes, descriptors: numbers)
          }
        }
      }
      return "\(try result.get())"
    }
  }

  private static func receive(_ world: inout Self, _ choices: Choices) throws {
    let place = world.some(choices)
    let size = choices.int(1...20, "buffer")
    let room = choices.int(0...4, "room for descriptors")
    let linux = world.pair.linux
    var (one, two): ([CInt], [CInt]) = ([], [])
    try world.pair.call("receive", on: place) { kernel, fd throws(SystemError) in
      var buffer = [UInt8](repeating: 0, count: size)
      var numbers = [CInt](repeating: -1, count: room)
      let result = buffer.withUnsafeMutableBytes { buffer in
        numbers.withUnsafeMutableBufferPointer { numbers in
          Result { () throws(SystemError) in
            try kernel.receive(fd, into: buffer, descriptors: numbers)
          }
        }
      }
      let received = try result.get()
      let found = Array(numbers.prefix(received.descriptorCount))
      if kernel === linux { one = found } else { two = found }
      return "\(buffer.prefix(received.byteCount)) \(found.count) \(received.isTruncated)"
    }
    try world.pair.add("receive", one, two)
  }

  static var commands: [Command<Self>] {
    opening + [
      Command("send", weight: 20, send).when { !$0.pair.handles.isEmpty },
      Command("receive", weight: 14, receive).when { !$0.pair.handles.isEmpty },
      Command("read", weight: 4) { world, choices in
        let size = choices.int(8...20, "buffer")
        try world.pair.call("read", on: world.some(choices)) { kernel, fd throws(SystemError) in
          // What is no stream is read elsewhere: /dev/net/tun, memfds and their positions.
          guard try isStream(kernel, fd) else { return "" }
          var buffer = [UInt8](repeating: 0, count: size)
          let result = buffer.withUnsafeMutableBytes { buffer in
            Result { () throws(SystemError) in try kernel.read(fd, into: buffer) }
          }
          return "\(buffer.prefix(try result.get()))"
        }
      }.when { !$0.pair.handles.isEmpty },
      Command("close", weight: 5) { world, choices in
        try world.pair.close(world.some(choices))
      }.when { !$0.pair.handles.isEmpty },
      Command("shutdown", weight: 1) { world, choices in
        try world.pair.call("shutdown", on: world.some(choices)) { kernel, fd throws(SystemError) in
          guard try isStream(kernel, fd) else { return "" }
          try kernel.shutdown(fd)
          return "done"
        }
      }.when { !$0.pair.handles.isEmpty },
      Command("ask", weight: 6, ask).when { !$0.pair.handles.isEmpty },
    ]
  }

  private static func isStream(_ kernel: Kernel, _ fd: CInt) throws(SystemError) -> Bool {
    try kernel.kind(of: fd).type == .socket
  }

  private static var opening: [Command<Self>] {
    [
      Command("socket pair", weight: 6) { world, _ in
        try world.pair.open("socket pair") { kernel, _ throws(SystemError) in
          let (one, two) = try kernel.socketPair()
          return [one, two]
        }
      },
      Command("duplicate", weight: 2) { world, choices in
        try world.pair.open("duplicate", on: world.some(choices)) {
          kernel, fd throws(SystemError) in
          [try kernel.duplicate(fd)]
        }
      }.when { !$0.pair.handles.isEmpty },
      Command("eventfd", weight: 3) { world, _ in
        try world.pair.open("eventfd") { kernel, _ throws(SystemError) in
          [try kernel.createCounter()]
        }
      },
      Command("memfd", weight: 3) { world, choices in
        let size = choices.int(1...100, "size")
        try world.pair.open("memfd") { kernel, _ throws(SystemError) in
          [try kernel.createMemory(name: "pair", byteCount: size)]
        }
      },
      Command("listen", weight: 2) { world, choices in
        let name = choices.pick(["a", "b"], "path")
        let pair = world.pair
        try pair.open("listen at \(name)") { kernel, _ throws(SystemError) in
          [try kernel.listen(path: pair.path(name, kernel), backlog: 1)]
        }
      },
      Command("connect", weight: 4) { world, choices in
        let name = choices.pick(["a", "b"], "path")
        let pair = world.pair
        try pair.open("connect to \(name)") { kernel, _ throws(SystemError) in
          [try kernel.connect(path: pair.path(name, kernel))]
        }
      },
      Command("accept", weight: 4) { world, choices in
        try world.pair.open("accept", on: world.some(choices)) { kernel, fd throws(SystemError) in
          guard try isStream(kernel, fd) else { return [] }
          return [try kernel.accept(fd)]
        }
      }.when { !$0.pair.handles.isEmpty },
      Command("unlink", weight: 1) { world, choices in
        let name = choices.pick(["a", "b"], "path")
        let pair = world.pair
        try pair.call("unlink \(name)") { kernel, _ throws(SystemError) in
          try kernel.unlink(path: pair.path(name, kernel))
          return "done"
        }
      },
    ]
  }

  /// What changes nothing.
  private static func ask(_ world: inout Self, _ choices: Choices) throws {
    let place = world.some(choices)
    let other = world.pair.handles[world.some(choices)]
    let linux = world.pair.linux
    switch choices.below(4, "what") {
    case 0:
      try world.pair.call("kind", on: place) { kernel, fd throws(SystemError) in
        "\(try kernel.kind(of: fd))"
      }
    case 1:
      try world.pair.call("same file", on: place) { kernel, fd throws(SystemError) in
        "\(try kernel.isSameFile(fd, kernel === linux ? other.linux : other.simulated))"
      }
    case 2:
      try world.pair.call("family", on: place) { kernel, fd throws(SystemError) in
        "\(try kernel.socketFamily(fd))"
      }
    case _:
      try world.pair.call("seals", on: place) { kernel, fd throws(SystemError) in
        guard try kernel.kind(of: fd).type == .regular else { return "" }
        return "\(try kernel.isSealed(fd)) \(try kernel.cannotShrink(fd))"
      }
    }
  }
}
