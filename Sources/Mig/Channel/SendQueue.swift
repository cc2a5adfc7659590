import BatonCore

/// What waits to be sent: bytes, and descriptors that travel with the first byte of their segment.
///
/// One message carries at most 253 descriptors (SCM_MAX_FD) and at least one byte, so a record with
/// more is cut into segments of which all but the last have one byte.
struct SendQueue {
  private struct Segment {
    var bytes: [UInt8]
    var sent = 0
    let descriptors: [CInt]
    /// After how many bytes a record ends; a segment of a record that was cut has none.
    var ends: [Int] = []

    /// Where the record ends of which some bytes have gone out; nil between two records.
    var endOfBegun: Int? {
      sent == 0 || ends.contains(sent) ? nil : ends.first { $0 > sent } ?? bytes.count
    }
  }

  /// What the kernel allows in one message (SCM_MAX_FD).
  static let descriptorsPerMessage = 253

  private var segments: [Segment] = []
  private var first = 0

  mutating func reset() {
    segments.removeAll(keepingCapacity: true)
    first = 0
  }

  mutating func append(
    _ type: RecordType, _ body: borrowing ByteWriter, _ descriptors: [CInt]
  ) {
    var writer = ByteWriter(capacity: RecordHeader.byteCount + body.count)
    RecordHeader(type: type, descriptorCount: descriptors.count, length: body.count)
      .write(into: &writer)
    writer.write(body.bytes)
    var rest = writer.bytes[...]
    var lent = descriptors[...]
    while lent.count > Self.descriptorsPerMessage {
      segments.append(
        Segment(
          bytes: [rest.removeFirst()], descriptors: Array(lent.prefix(Self.descriptorsPerMessage))))
      lent = lent.dropFirst(Self.descriptorsPerMessage)
    }
    if lent.isEmpty, segments.count > first, segments[segments.count - 1].descriptors.isEmpty {
      segments[segments.count - 1].bytes += rest
    } else {
      segments.append(Segment(bytes: Array(rest), descriptors: Array(lent)))
    }
    segments[segments.count - 1].ends.append(segments[segments.count - 1].bytes.count)
  }

  /// Drops what has not begun to go out. The rest of a record that has begun stays: the peer could
  /// read nothing behind its half.
  mutating func dropUnbegun() {
    guard first < segments.count else { return reset() }
    let isCut = first > 0 && segments[first - 1].ends.isEmpty
    guard let end = isCut ? segments[first].bytes.count : segments[first].endOfBegun else {
      return reset()
    }
    segments[first].bytes.removeSubrange(end...)
    segments[first].ends.removeAll { $0 > end }
    let last = segments[first...].firstIndex { !$0.ends.isEmpty } ?? first
    segments.removeSubrange((last + 1)...)
  }

  /// Sends one message, the rest of the first segment that is not done.
  ///
  /// - Returns: True when a segment is done, false when a part of one went, nil when none is left.
  mutating func sendNext(on socket: borrowing Descriptor) throws(SystemError) -> Bool? {
    guard first < segments.count else {
      reset()
      return nil
    }
    let segment = segments[first]
    let lent = segment.sent == 0 ? segment.descriptors : []
    let kernel = socket.kernel
    let number = socket.number
    // Safe: both arrays outlive the call.
    let sent = try unsafe segment.bytes.withUnsafeBufferPointer {
      (bytes) throws(SystemError) -> Int in
      try unsafe lent.withUnsafeBufferPointer { (numbers) throws(SystemError) -> Int in
        // Safe: `sent` is below the count, and the arrays outlive the call.
        let rest = unsafe UnsafeBufferPointer(rebasing: bytes[segment.sent...])
        return try unsafe kernel.send(
          number, bytes: UnsafeRawBufferPointer(rest), descriptors: numbers)
      }
    }
    segments[first].sent += sent
    guard segments[first].sent == segment.bytes.count else { return false }
    first += 1
    return true
  }
}
