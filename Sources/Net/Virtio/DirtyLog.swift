import Synchronization

/// A bitmap in which a device notes the pages of guest memory that it has written, for a migration
/// that copies memory while the guest runs: one bit for each 4096 bytes from guest address 0 on,
/// the lowest bit of the first byte first, as vhost has it (VHOST_LOG_PAGE).
///
/// Whoever copies reads and clears bits at the same time, so that a bit is set in one step, and
/// after the bytes that it stands for. What lies behind the bitmap's end is not noted: whoever made
/// it saw to it that it covers the guest's memory.
@safe package final class DirtyLog {
  /// The bytes of guest memory that a bit stands for.
  package static let pageByteCount: UInt64 = 4096

  private let bits: UnsafeMutableRawBufferPointer

  /// How many bytes a bitmap has that covers memory up to this guest address.
  package static func byteCount(upTo end: UInt64) -> UInt64 {
    end == 0 ? 0 : (end - 1) / pageByteCount / 8 + 1
  }

  /// A log in these bytes, which have to stay mapped as long as it is used.
  package init(in bits: UnsafeMutableRawBufferPointer) {
    // Safe: only stored; every use keeps to its length.
    unsafe self.bits = unsafe bits
  }

  /// Notes every page of `byteCount` bytes at a guest address, which were written before.
  package func note(_ address: UInt64, _ byteCount: Int) {
    guard byteCount > 0 else { return }
    let last = (address &+ UInt64(byteCount - 1)) / Self.pageByteCount
    var page = address / Self.pageByteCount
    while page <= last {  // Ends: the guest's memory ends, and so does the bitmap.
      // Safe: only the count is read.
      guard page / 8 < UInt64(unsafe bits.count) else { return }
      set(page)
      page += 1
    }
  }

  private func set(_ page: UInt64) {
    // Safe: only asked for; below it is used within its length.
    guard let base = unsafe bits.baseAddress else { return }
    let mask = UInt8(1) << UInt8(page & 7)
    // Safe: the caller checked the bound; an atomic byte has the layout of a plain one.
    unsafe (base + Int(page / 8)).assumingMemoryBound(to: Atomic<UInt8>.self)
      .pointee.bitwiseOr(mask, ordering: .releasing)
  }
}

@available(*, unavailable) extension DirtyLog: Sendable {}
