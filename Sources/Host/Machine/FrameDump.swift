import BatonCore
import BatonNet
import Foundation

/// Writes the frames of a netdev to a file as libpcap has them (`filter-dump`).
///
/// They are handed over once a round of the loop and written on another thread, so that a disk that
/// is slow or full costs frames of the dump and nothing of the guest.
final class FrameDump: FrameWitness, Watcher {
  /// What is written, and of what.
  struct Wish: Sendable {
    /// What `object-del` calls it.
    var id: String
    /// The netdev whose frames are seen.
    var netdev: String
    /// Where they are written.
    var path: String
    /// How many bytes of a frame are written at most.
    var maxByteCount = 65_536
    /// Whether frames to the guest are written, and frames from it.
    var takesToGuest = true
    var takesFromGuest = true
    /// False for a file that stays empty but for its head.
    var isOn = true
  }

  let wish: Wish
  /// Which file it is written to.
  let file: SocketFile?
  private let writer: BackgroundWriter
  private let warn: (String) -> Void
  private var round: RoundWatch?
  private var buffer: [UInt8] = []
  private var count = 0
  /// What was warned of.
  private var told = BackgroundWriter.Status()

  /// The most bytes that are gathered before the round has ended.
  private static let gatheredMax = 1 << 20
  /// Ethernet, in the list of link types of tcpdump.org.
  private static let ethernet: UInt32 = 1

  /// Begins the file, which is empty.
  ///
  /// - Parameters:
  ///   - file: Where it is written; closed with this object.
  ///   - warn: Hears when frames cannot be written.
  init(
    _ loop: any Loop, _ wish: Wish, to file: consuming Descriptor,
    warn: @escaping (String) -> Void
  ) {
    self.wish = wish
    self.warn = warn
    self.file = loop.kernel.file(of: file.number)
    writer = BackgroundWriter(to: file.release(), isOwned: true, label: "dump")
    // The magic number says that times are in microseconds, and which way round numbers are.
    append([0xA1B2_C3D4, 4 << 16 | 2, 0, 0, UInt32(wish.maxByteCount), Self.ethernet])
    round = RoundWatch(loop, calling: self)
  }

  /// A frame is written as far as it may be, under the time of now.
  func saw(frame: UnsafeRawBufferPointer, isFromGuest: Bool) {
    guard wish.isOn, isFromGuest ? wish.takesFromGuest : wish.takesToGuest else { return }
    let micros = UInt64(Date().timeIntervalSince1970 * 1_000_000)
    let kept = min(frame.count, wish.maxByteCount)
    append([
      UInt32(truncatingIfNeeded: micros / 1_000_000), UInt32(micros % 1_000_000), UInt32(kept),
      UInt32(frame.count),
    ])
    // Safe: within the frame, which is lent for the call, and copied.
    unsafe buffer.append(contentsOf: frame[..<kept])
    count += 1
    if buffer.count >= Self.gatheredMax { flush() }
  }

  private func append(_ words: [UInt32]) {
    for word in words {
      // Safe: the bytes of a number.
      unsafe withUnsafeBytes(of: word) { unsafe buffer.append(contentsOf: $0) }
    }
  }

  /// The loop calls at the end of a round.
  func ready(_ what: Ready, watch: Int) {
    flush()
    tell()
  }

  private func flush() {
    guard !buffer.isEmpty else { return }
    writer.write(buffer, lines: count)
    buffer.removeAll(keepingCapacity: true)
    count = 0
  }

  /// Says that frames are missing, when that is new or they are twice as many as was said.
  private func tell() {
    let status = writer.current
    let isNew = status.failure != nil && told.failure == nil
    guard isNew || status.dropped >= max(told.dropped * 2, 1) else { return }
    tell(status)
  }

  private func tell(_ status: BackgroundWriter.Status) {
    told = status
    warn(Self.sentence(wish, status))
  }

  /// Sees no more; what it has seen is written, and then the file is closed.
  func end() -> Ending {
    round = nil
    flush()
    let mark = WrittenMark()
    writer.mark(mark)
    let told = told.dropped
    return Ending(file: file, mark: mark) { [warn, wish] status in
      if status.dropped != told { warn(Self.sentence(wish, status)) }
    }
  }

  /// A dump that has ended, and whose file has not.
  struct Ending {
    let file: SocketFile?
    let mark: WrittenMark
    /// Says what is missing, if that was not said.
    let tell: (BackgroundWriter.Status) -> Void
  }

  private static func sentence(_ wish: Wish, _ status: BackgroundWriter.Status) -> String {
    let why = status.failure.map { ": \($0)" } ?? " for want of room"
    return "\(wish.id): \(status.dropped) frames of \(wish.netdev) are missing in its dump\(why)"
  }
}

@available(*, unavailable)
extension FrameDump: Sendable {}
