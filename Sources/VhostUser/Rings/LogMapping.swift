import BatonCore
import BatonNet

/// The log of written pages that a front-end has given, mapped for as long as it is used.
@safe final class LogMapping {
  let log: DirtyLog
  /// How many bytes it has, and where in its file it begins.
  let byteCount: UInt64
  let offset: UInt64
  private let kernel: Kernel
  private let address: UInt
  private let mappedByteCount: Int
  /// Its number among guarded mappings; below zero when nobody can shorten its file.
  private let guarded: CInt
  private let descriptor: Descriptor

  /// Maps it; the descriptor is its own from here on.
  ///
  /// - Throws: A length that cannot be, a file that is shorter, or what the kernel refused.
  init(
    byteCount: UInt64, offset: UInt64, _ descriptor: consuming Descriptor
  ) throws(VhostFault) {
    let kernel = descriptor.kernel
    let number = descriptor.number
    let (end, isBeyond) = byteCount.addingReportingOverflow(offset)
    let size: UInt64
    do { size = UInt64(clamping: try kernel.kind(of: number).size) } catch {
      throw .system(error)
    }
    guard byteCount > 0, !isBeyond, end <= size, end <= UInt64(Int.max) else {
      throw .log(needed: byteCount, found: size)
    }
    let isSealed = (try? kernel.cannotShrink(number)) ?? false
    do {
      // Safe: unmapped in `deinit`.
      let start = try unsafe kernel.map(number, byteCount: Int(end))
      address = UInt(bitPattern: start)
      // Safe: taken back before it is unmapped.
      guarded = isSealed ? -1 : unsafe kernel.guardMapping(start, byteCount: Int(end))
      // Safe: the mapping has that many bytes.
      log = unsafe DirtyLog(
        in: UnsafeMutableRawBufferPointer(start: start + Int(offset), count: Int(byteCount)))
    } catch {
      throw .system(error)
    }
    mappedByteCount = Int(end)
    self.kernel = kernel
    self.byteCount = byteCount
    self.offset = offset
    self.descriptor = descriptor
    guard isSealed || guarded >= 0 else { throw .unsealed }
  }

  /// The log's descriptor, lent.
  var number: CInt { descriptor.number }

  /// Whether its file was shortened, and what is noted is read by nobody.
  var isLost: Bool { guarded >= 0 && kernel.isLost(guarded) }

  deinit {
    if guarded >= 0 { kernel.unguard(guarded) }
    // Safe: mapped by us with this size; nobody but us unmaps it.
    if let start = unsafe UnsafeMutableRawPointer(bitPattern: address) {
      unsafe kernel.unmap(start, byteCount: mappedByteCount)
    }
  }
}

@available(*, unavailable)
extension LogMapping: Sendable {}
