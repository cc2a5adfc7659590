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

  private let file: FileHandle
  /// Tells of changes; nil of what tells its end by itself.
  private let changes: FileHandle?
  private let kernel = Kernel()
  private var count: UInt64 = 0

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
      if let data = try file.read(upToCount: Self.pieceMax), !data.isEmpty {
        count += UInt64(data.count)
        return .bytes(data)
      }
      guard let changes else { return nil }
      let (size, names) = try kernel.length(of: file.fileDescriptor)
      if size < count {
        count = 0
        try file.seek(toOffset: 0)
        return .cut
      }
      if size > count { continue }
      guard names > 0, !changes.availableData.isEmpty else { return nil }
    }
  }
}

@available(*, unavailable)
extension GrowingFile: Sendable {}
