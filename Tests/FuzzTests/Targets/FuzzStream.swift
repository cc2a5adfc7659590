import BatonCore

@testable import BatonMig
@testable import BatonProof
@testable import BatonTesting

/// A stranger on a simulated machine that says whatever the fuzzer wants, with descriptors, to a
/// process that listens; afterwards nothing may be left open.
enum FuzzStream {
  static func run(_ bytes: [UInt8]) {
    let machine = SimulatedMachine()
    let host = SimulatedHost(machine.spawn(), queues: 1)
    guard host.listen() == nil else { return }
    let stranger = machine.spawn()
    guard let path = SocketPath(SimulatedHost.path), let socket = try? stranger.connect(path: path)
    else { return }
    var rest = bytes[...]
    // Each part: its length, and how many descriptors of which kind come with it.
    while let length = rest.popFirst(), let carried = rest.popFirst() {
      let part = Array(rest.prefix(Int(length) + 1))
      rest = rest.dropFirst(part.count)
      guard !part.isEmpty else { break }
      let numbers = (0..<Int(carried % 4)).compactMap { _ in
        carried & 4 == 0
          ? try? stranger.createMemory(name: "fuzz", byteCount: 8) : try? stranger.openTun()
      }
      part.withUnsafeBytes { bytes in
        numbers.withUnsafeBufferPointer { numbers in
          _ = try? stranger.send(socket, bytes: bytes, descriptors: numbers)
        }
      }
      for number in numbers { stranger.close(number) }
      for _ in 0..<20 where !host.poll() { break }
    }
    stranger.die()
    for _ in 0..<50 where !host.poll() { break }
    host.finish()
    host.drop()
    precondition(host.kernel.openCount == 0, "\(host.kernel.openCount) descriptors are left open")
    precondition(host.kernel.mappingCount == 0, "a mapping is left")
  }
}
