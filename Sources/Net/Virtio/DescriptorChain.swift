/// The buffers of one chain, all of them checked, in order: those for the device to read, then
/// those for it to write.
///
/// One is allocated per device and used for every chain, so that a frame costs no allocation.
@safe struct DescriptorChain: ~Copyable {
  private let buffers: UnsafeMutableBufferPointer<UnsafeMutableRawBufferPointer>
  /// Where the guest sees each of them.
  private let addresses: UnsafeMutableBufferPointer<UInt64>

  /// The index of the chain's first descriptor, by which it is completed.
  private(set) var head: UInt16 = 0
  /// Buffers in all.
  private(set) var count = 0
  /// Buffers for the device to read; the rest is for it to write.
  private(set) var readableCount = 0
  /// Entries that the chain takes up in the ring's own table; an indirect table takes up one.
  var ringEntryCount = 0
  /// The sums of the two kinds, in bytes.
  private(set) var readableByteCount = 0
  private(set) var writableByteCount = 0

  init() {
    // Safe: freed in `deinit`, read only below `count`.
    unsafe buffers = .allocate(capacity: Int(SplitRing.sizeMax))
    unsafe addresses = .allocate(capacity: Int(SplitRing.sizeMax))
  }

  deinit {
    // Safe: allocated in `init`; the elements are trivial.
    unsafe buffers.deallocate()
    unsafe addresses.deallocate()
  }

  /// Whether there are buffers for the device to write.
  var hasWritable: Bool { count > readableCount }

  /// Forgets the last chain.
  mutating func start(head: UInt16) {
    self.head = head
    (count, readableCount, readableByteCount, writableByteCount) = (0, 0, 0, 0)
    ringEntryCount = 0
  }

  /// Adds the next buffer; false when one to read comes after one to write.
  mutating func append(
    _ buffer: UnsafeMutableRawBufferPointer, at address: UInt64, isWritable: Bool
  ) -> Bool {
    precondition(count < Int(SplitRing.sizeMax), "the ring limits its chains")
    if isWritable {
      writableByteCount += buffer.count
    } else {
      guard count == readableCount else { return false }
      readableCount += 1
      readableByteCount += buffer.count
    }
    // Safe: the precondition checked the bound.
    unsafe buffers[count] = buffer
    unsafe addresses[count] = address
    count += 1
    return true
  }

  /// The chain's bytes when they are all in one buffer.
  var onlyReadable: UnsafeRawBufferPointer? {
    guard readableCount == 1 else { return nil }
    // Safe: `readableCount` says that there is a first buffer, and it lies in the guest's memory,
    // which is mapped for as long as the device has it.
    return unsafe UnsafeRawBufferPointer(buffers[0])
  }

  /// The buffer for the device to write when there is no other in the chain.
  var onlyWritable: UnsafeMutableRawBufferPointer? {
    guard count == 1, readableCount == 0 else { return nil }
    // Safe: there is a first buffer, and it lies in the guest's memory, which is mapped for as long
    // as the device has it.
    return unsafe buffers[0]
  }

  /// Copies the readable bytes, as many as fit; the count copied.
  func gather(into target: UnsafeMutableRawBufferPointer) -> Int {
    var done = 0
    for index in 0..<readableCount where done < target.count {
      // Safe: the index is below the count, and the part fits into both buffers.
      let buffer = unsafe buffers[index]
      let part = min(buffer.count, target.count - done)
      unsafe UnsafeMutableRawBufferPointer(rebasing: target[done...])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<part]))
      done += part
    }
    return done
  }

  /// Copies bytes into the writable buffers from their byte `offset` on; the count that fitted.
  func scatter(_ source: UnsafeRawBufferPointer, at offset: Int = 0) -> Int {
    var (skip, done) = (offset, 0)
    for index in readableCount..<count where done < source.count {
      // Safe: the index is below the count, and the part fits into both buffers.
      let buffer = unsafe buffers[index]
      guard skip < buffer.count else {
        skip -= buffer.count
        continue
      }
      let part = min(buffer.count - skip, source.count - done)
      // Safe: `part` is no more than is left of either buffer.
      unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[skip...])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[done..<(done + part)]))
      (skip, done) = (0, done + part)
    }
    return done
  }
}

extension DescriptorChain {
  /// Notes the first `byteCount` bytes of the writable buffers, which were written.
  func note(_ byteCount: Int, in log: DirtyLog) {
    var left = byteCount
    for index in readableCount..<count where left > 0 {
      // Safe: the index is below the count.
      let part = unsafe min(left, buffers[index].count)
      unsafe log.note(addresses[index], part)
      left -= part
    }
  }
}

@available(*, unavailable) extension DescriptorChain: Sendable {}
