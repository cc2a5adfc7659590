package import BatonCore
import BatonHost

/// A program that the laboratory started, and the lines that it writes; killed and reaped when it
/// is dropped.
///
/// A host that is about to stop itself says so in a line, so that its stop can be awaited.
package final class ChildProcess: ChildWatcher, Watcher {
  /// The lines that it wrote to its standard output so far.
  package private(set) var lines: [String] = []
  /// True from the moment when it was seen to stand, by our order or its own word, until it is to
  /// go on.
  package private(set) var isStopped = false
  private static let stopNanosMax: UInt64 = 30_000_000_000
  private let output: Descriptor
  private var written: [UInt8] = []
  private var ending: ChildWatch?
  private var reading: Watch?

  /// Starts a program; its standard output comes to us, its standard error goes where ours goes.
  ///
  /// - Throws: `LabError.notStarted`, which names the path.
  package init(
    _ loop: any Loop, _ path: String, _ arguments: [String]
  ) throws(LabError) {
    let kernel = loop.kernel
    do throws(SystemError) {
      let (mine, its) = try kernel.socketPair()
      output = Descriptor(owning: mine, in: kernel)
      let given = Descriptor(owning: its, in: kernel)
      ending = try ChildWatch(
        loop, spawning: ChildProgram(path, arguments),
        lending: ChildDescriptors(output: given.number), calling: self)
    } catch {
      throw .notStarted(path: path, code: error.code)
    }
    reading = Watch(loop, descriptor: output.number, for: .read, calling: self)
  }

  deinit { reading = nil }

  /// Its process ID.
  package var pid: Int32 { ending?.pid ?? 0 }

  /// True once it has ended and was reaped.
  package var hasEnded: Bool { ending?.hasEnded ?? true }

  /// True once it, and whoever has its standard output from it, can write no more.
  package private(set) var hasClosedOutput = false

  /// How it ended; nil while it lives.
  package var exitStatus: ExitStatus? { ending?.exitStatus }

  /// How many descriptors it has open; nil when that cannot be read.
  package var descriptorCount: Int? { ProcessFiles.descriptorCount(pid) }

  /// Sends a signal; a process that has ended takes none.
  package func signal(_ number: CInt) { ending?.signal(number) }

  /// Stops it, and waits until it stands.
  package func stop() {
    signal(Signal.stop)
    awaitStop()
  }

  /// Lets it go on after a stop.
  package func resume() {
    isStopped = false
    signal(Signal.resume)
  }

  /// Waits until it, which is about to stop or was told to, stands still or has ended. One that
  /// does neither in time is killed: who waits for its stop goes on, and misses it.
  private func awaitStop() {
    guard let ending else { return }
    let kernel = output.kernel
    let deadline = kernel.now() + Self.stopNanosMax
    while !ending.hasStopped, kernel.now() < deadline { kernel.yield() }
    if !ending.hasStopped { signal(Signal.kill) }
    isStopped = true
  }

  /// It has ended; what it wrote before may still wait to be read.
  package func ended(_ status: ExitStatus?, child: Int) {}

  /// The loop calls when it wrote something, or closed its output.
  package func ready(_ what: Ready, watch: Int) {
    let known = lines.count
    if !read() {
      reading = nil
      hasClosedOutput = true
    }
    if lines.dropFirst(known).contains(where: { $0.hasPrefix(HostObserver.stopLine) }) {
      awaitStop()
    }
  }

  /// Reads what it wrote; false at the end.
  private func read() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let (kernel, number) = (output.kernel, output.number)
    do throws(SystemError) {
      // Safe: the buffer outlives the call.
      let count = try unsafe bytes.withUnsafeMutableBufferPointer {
        (buffer) throws(SystemError) in
        try unsafe kernel.read(number, into: UnsafeMutableRawBufferPointer(buffer))
      }
      written += bytes[..<count]
      while let end = written.firstIndex(of: UInt8(ascii: "\n")) {
        lines.append(String(decoding: written[..<end], as: UTF8.self))
        written.removeFirst(end + 1)
      }
      return count > 0
    } catch {
      return error.isWouldBlock
    }
  }
}

@available(*, unavailable)
extension ChildProcess: Sendable {}
