import BatonCore
import Testing

/// The calls on buffers, with arrays instead.
extension Kernel {
  /// A connected pair of sockets.
  func pair() throws -> (Box<Descriptor>, Box<Descriptor>) {
    let (a, b) = try socketPair()
    return (Box(Descriptor(owning: a, in: self)), Box(Descriptor(owning: b, in: self)))
  }

  /// Waits until `fd` can be read, or has come to its end.
  ///
  /// A child that another test is starting holds a copy of every descriptor until it has called
  /// execve(2), so the end may come a little after our close.
  ///
  /// - Returns: False when it does not come, which is then an issue of the test.
  @discardableResult
  func awaitReadable(_ fd: CInt) -> Bool {
    let loop = EventLoop(kernel: self)
    let recorder = Recorder()
    recorder.watch(loop, fd, .read)
    loop.run(while: recorder.calls.isEmpty)
    return !recorder.calls.isEmpty
  }

  /// Closes the descriptor in `box` now; another one takes its place there.
  func drop(_ box: Box<Descriptor>) throws {
    box.value = Descriptor(owning: try createCounter(), in: self)
  }

  @discardableResult
  func send(_ fd: CInt, _ text: String, _ descriptors: [CInt] = []) throws -> Int {
    try Array(text.utf8).withUnsafeBytes { bytes in
      try descriptors.withUnsafeBufferPointer {
        try send(fd, bytes: bytes, descriptors: $0)
      }
    }
  }

  func receive(_ fd: CInt, room: Int = 253, byteRoom: Int = 100) throws -> Parcel {
    var bytes = [UInt8](repeating: 0, count: byteRoom)
    var numbers = [CInt](repeating: -1, count: max(room, 1))
    let received = try bytes.withUnsafeMutableBytes { bytes in
      try numbers.withUnsafeMutableBufferPointer {
        try receive(fd, into: bytes, descriptors: .init(rebasing: $0[..<room]))
      }
    }
    var descriptors = Descriptors(in: self)
    numbers.withUnsafeMutableBufferPointer {
      descriptors.append(owning: $0, count: received.descriptorCount)
    }
    return Parcel(
      text: String(decoding: bytes[..<received.byteCount], as: UTF8.self),
      descriptors: descriptors, isTruncated: received.isTruncated)
  }

  @discardableResult
  func write(_ fd: CInt, _ bytes: [UInt8]) throws -> Int {
    try bytes.withUnsafeBytes { try write(fd, from: $0) }
  }

  func read(_ fd: CInt, atMost count: Int = 4096) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = try bytes.withUnsafeMutableBytes { try read(fd, into: $0) }
    return Array(bytes[..<got])
  }
}

/// What a `receive` brought.
struct Parcel: ~Copyable {
  var text: String
  var descriptors: Descriptors
  var isTruncated: Bool
}
