import Foundation
import Synchronization

/// Writes numbers at random into a piece of memory, on a thread of its own, until it is told to
/// end.
final class Scribbler: Sendable {
  /// Writes so far, counted in hundreds.
  let writes = Atomic<UInt64>(0)
  private let isWanted = Atomic(false)
  private let isAtRest = Atomic(true)
  private let isOver = Atomic(false)
  private let isGone = Atomic(false)

  /// Numbers that lead out of tables, rings and memory more often than others do.
  private static let edges: [UInt64] = [
    0, 1, 7, 8, 9, 15, 16, 255, 256, 257, 2048, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x7fff_ffff,
    0xffff_ffff, 0x4000_0000, 0x4003_fff0, 0x4004_0000, .max - 15, .max,
  ]
  private static let batch = 100

  /// Starts at rest; `hotByteCount` bytes at the beginning get most of the writes.
  init(address: UInt, byteCount: Int, hotByteCount: Int, seed: UInt64) {
    Thread.detachNewThread { [self] in
      var chance = seed | 1
      func next() -> UInt64 {
        chance ^= chance << 13
        chance ^= chance >> 7
        chance ^= chance << 17
        return chance
      }
      while !isOver.load(ordering: .relaxed) {
        guard isWanted.load(ordering: .acquiring) else {
          isAtRest.store(true, ordering: .releasing)
          sched_yield()
          continue
        }
        isAtRest.store(false, ordering: .relaxed)
        for _ in 0..<Self.batch {
          let isHot = next() % 4 != 0
          let width = 1 << Int(next() % 4)
          let room = UInt64((isHot ? hotByteCount : byteCount) - width)
          let offset = UInt(next() % room) & ~UInt(width - 1)
          let number = next() % 2 == 0 ? next() : Self.edges[Int(next() % UInt64(Self.edges.count))]
          // Safe: the place is within the memory, which stays until `end` has come back.
          let place = unsafe UnsafeMutableRawPointer(bitPattern: address + offset)
          for byte in 0..<width {
            // Safe: as above, byte by byte.
            unsafe place?.storeBytes(
              of: UInt8(truncatingIfNeeded: number >> UInt64(8 * byte)), toByteOffset: byte,
              as: UInt8.self)
          }
        }
        writes.add(UInt64(Self.batch), ordering: .relaxed)
      }
      isGone.store(true, ordering: .releasing)
    }
  }

  /// Lets it write.
  func go() { isWanted.store(true, ordering: .releasing) }

  /// Comes back when it writes no more.
  func rest() {
    isWanted.store(false, ordering: .releasing)
    // A batch that had begun before is over when it says so a second time.
    for _ in 0..<2 {
      isAtRest.store(false, ordering: .sequentiallyConsistent)
      while !isAtRest.load(ordering: .acquiring) { sched_yield() }
    }
  }

  /// Comes back when its thread touches nothing any more.
  func end() {
    isOver.store(true, ordering: .releasing)
    while !isGone.load(ordering: .acquiring) { sched_yield() }
  }
}
