import BatonCore

final class ProbeSocket {
  private let socket: Descriptor
  private var watch: Watch?

  init(_ loop: any Loop, _ socket: consuming Descriptor, flow: Int, prober: Prober) {
    self.socket = socket
    watch = Watch(loop, descriptor: self.socket.number, for: .read, id: flow, calling: prober)
  }

  /// Sends a datagram; false when the kernel has no room for it now.
  func send(_ bytes: [UInt8]) -> Bool {
    let number = socket.number
    let kernel = socket.kernel
    // Safe: the array outlives the call.
    let sent = try? unsafe bytes.withUnsafeBufferPointer { (buffer) throws(SystemError) in
      try unsafe kernel.write(number, from: UnsafeRawBufferPointer(buffer))
    }
    return sent == bytes.count
  }

  /// Receives a datagram; nil when none waits.
  func receive(into bytes: inout [UInt8]) -> Int? {
    let number = socket.number
    let kernel = socket.kernel
    // Safe: the array outlives the call.
    return try? unsafe bytes.withUnsafeMutableBufferPointer { (buffer) throws(SystemError) in
      try unsafe kernel.read(number, into: UnsafeMutableRawBufferPointer(buffer))
    }
  }
}

@available(*, unavailable)
extension ProbeSocket: Sendable {}
