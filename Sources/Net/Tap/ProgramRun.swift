import BatonCore

/// A script or a helper that runs for a TAP: what it writes goes to the user line by line, what it
/// sends is kept until it has ended. It is killed when it is dropped.
@safe final class ProgramRun: ChildWatcher, Watcher {
  let program: TapProgram
  let purpose: TapProgram.Purpose
  // The TAP has to be there when the child ends, whoever has let go of it meanwhile; it drops this
  // object then.
  private let tap: Tap
  private let socket: Descriptor
  private var far: Descriptor?
  private var reading: Watch?
  private var child: ChildWatch?
  private var line: [UInt8] = []
  private var lineCount = 0
  private var sent: Descriptors
  /// Whether descriptors were sent that did not arrive: this process had no numbers for them, or
  /// they are more than there is room for.
  private(set) var hasLost = false
  private let bytes: UnsafeMutableRawBufferPointer
  private let numbers: UnsafeMutableBufferPointer<CInt>

  /// The most bytes of a line that are told, and the most lines.
  private static var lineMax: Int { 200 }
  private static var linesMax: Int { 100 }
  private static var chunk: Int { 1 << 12 }
  /// More descriptors than a helper is to send.
  static var room: Int { 8 }

  init(_ tap: Tap, _ program: TapProgram, _ purpose: TapProgram.Purpose) throws(SystemError) {
    self.tap = tap
    self.program = program
    self.purpose = purpose
    let kernel = tap.kernel
    let (near, far) = try kernel.socketPair()
    socket = Descriptor(owning: near, in: kernel)
    self.far = Descriptor(owning: far, in: kernel)
    sent = Descriptors(in: kernel)
    // Safe: ours alone and freed in `deinit`; of both only what a receive has written is read.
    unsafe bytes = .allocate(byteCount: Self.chunk, alignment: 16)
    unsafe numbers = .allocate(capacity: Self.room)
  }

  deinit {
    // A watch goes before what it watches.
    reading = nil
    child = nil
    // Safe: allocated in `init`.
    unsafe bytes.deallocate()
    unsafe numbers.deallocate()
  }

  /// Starts the child, whose three descriptors are the other end of the socket.
  func start(_ program: ChildProgram) throws(SystemError) {
    guard let number = far?.number else { return }
    // Else what writes faster than we read fails with EAGAIN, and what reads never ends.
    try tap.kernel.makeStandard(number)
    child = try ChildWatch(
      tap.loop, spawning: program,
      lending: ChildDescriptors(input: number, output: number, error: number), calling: self)
    far = nil
    reading = Watch(tap.loop, descriptor: socket.number, for: .read, calling: self)
  }

  /// What came, which belongs to the caller from now on.
  func takeDescriptors() -> Descriptors { sent.removeFirst(sent.count) }

  /// The loop calls: the child has written something, or nobody can any more.
  func ready(_ what: Ready, watch: Int) {
    if read() == .end { reading?.suspend() }
  }

  /// The child has ended; what others that it started may still write is nobody's concern.
  func ended(_ status: ExitStatus?, child: Int) {
    reading = nil
    for _ in 0..<Self.linesMax where read() != .bytes { break }
    endLine()
    tap.ended(self, status)
  }

  private enum Found { case bytes, nothing, end }

  /// Reads what is there.
  private func read() -> Found {
    let kernel = tap.kernel
    do throws(SystemError) {
      // Safe: both buffers are ours and as long as they say.
      let received = try unsafe kernel.receive(
        socket.number, into: bytes, descriptors: numbers)
      // Safe: the kernel wrote that many descriptors, which are ours now.
      unsafe sent.append(owning: numbers, count: received.descriptorCount)
      // Safe: the kernel wrote that many bytes.
      unsafe note(UnsafeRawBufferPointer(rebasing: bytes[..<received.byteCount]))
      hasLost = hasLost || received.isTruncated
      return received.byteCount > 0 ? .bytes : .end
    } catch {
      return error.code == Errno.wouldBlock ? .nothing : .end
    }
  }

  private func note(_ bytes: UnsafeRawBufferPointer) {
    // Safe: the bytes are lent for the call.
    for byte in unsafe Array(bytes) {
      if byte == 0x0A {
        endLine()
      } else if byte >= 0x20, line.count < Self.lineMax {
        line.append(byte)
      }
    }
  }

  private func endLine() {
    defer { line.removeAll(keepingCapacity: true) }
    guard !line.isEmpty, lineCount < Self.linesMax else { return }
    lineCount += 1
    tap.port?.said(line, by: program)
  }
}

@available(*, unavailable)
extension ProgramRun: Sendable {}
