import BatonCore
import Foundation

/// A file that somebody else appends to, read as it grows.
///
/// The kernel tells of each change (inotify(7)), so that nobody looks in between. A FIFO, a pipe or
/// a terminal ends when its other end does; a file ends when it has no name any more.
final class GrowingFile {
  /// What has come.
  enum Piece {
    case bytes(Data)
    /// The file is shorter than what was read of it: it begins again.
    case cut
  }

  /// The most bytes of one piece.
  private static let pieceMax = 1 << 16
  /// How many bytes before the place where it reads are looked at again.
  private static let tailMax = 64

  private let file: FileHandle
  /// Tells of changes; nil of what tells its end by itself.
  private let changes: FileHandle?
  private let kernel = Kernel()
  private var count: UInt64 = 0
  /// The last bytes that were read.
  private var tail = Data()

  /// Opens a file; `-` is standard input.
  ///
  /// - Throws: `CocoaError` when it cannot be opened, `SystemError` when it cannot be watched.
  init(_ path: String) throws {
    guard path != OutputFile.standard else {
      (file, changes) = (FileHandle.standardInput, nil)
      return
    }
    file = try FileHandle(forReadingFrom: URL(filePath: path))
    let number = file.fileDescriptor
    guard try kernel.kind(of: number).type == .regular else {
      changes = nil
      return
    }
    changes = FileHandle(fileDescriptor: try kernel.watchFile(number), closeOnDealloc: true)
  }

  /// The next piece, for which it waits; nil when nothing will come any more.
  ///
  /// - Throws: Why it cannot be read.
  func next() throws -> Piece? {
    while true {  // Ends with a piece, or the file.
      if changes != nil, try isCut() {
        (count, tail) = (0, Data())
        try file.seek(toOffset: 0)
        return .cut
      }
      let data = try read(file, Self.pieceMax)
      if !data.isEmpty {
        count += UInt64(data.count)
        tail = Data((tail + data.suffix(Self.tailMax)).suffix(Self.tailMax))
        return .bytes(data)
      }
      guard let changes, try kernel.length(of: file.fileDescriptor).names > 0 else { return nil }
      _ = try read(changes, 4096)
    }
  }

  /// Whether what was read is not there any more: it is shorter, or something else was written in
  /// its place.
  private func isCut() throws -> Bool {
    guard try kernel.length(of: file.fileDescriptor).bytes >= count else { return true }
    try file.seek(toOffset: count - UInt64(tail.count))
    // A regular file gives all that is there.
    let again = try read(file, tail.count)
    try file.seek(toOffset: count)
    return again != tail
  }

  /// What there is, for which it waits where nothing is; nothing at the end.
  private func read(_ file: FileHandle, _ limit: Int) throws -> Data {
    guard limit > 0 else { return Data() }
    var data = Data(count: limit)
    while true {  // Ends with what comes, the end, or an error.
      do {
        // Safe: the buffer outlives the call.
        let count = try unsafe data.withUnsafeMutableBytes { buffer in
          try unsafe kernel.read(file.fileDescriptor, into: buffer)
        }
        return data.prefix(count)
      } catch let error as SystemError where error.isWouldBlock {
        // Whoever lent the descriptor reads without waiting.
        var entry = pollfd(fd: file.fileDescriptor, events: Int16(POLLIN), revents: 0)
        // Safe: the kernel fills in the entry, and keeps no pointer to it.
        _ = unsafe poll(&entry, 1, -1)
      }
    }
  }
}

@available(*, unavailable)
extension GrowingFile: Sendable {}
