extension Kernel {
  /// How long a full destination that does not block is left alone, in nanoseconds.
  private static let pauseNanos: UInt64 = 10_000_000

  /// Writes all of `text`. What is refused is lost, and so is what a destination that does not
  /// block has no room for: whoever writes may have a guest.
  package func write(_ text: String, to number: CInt) {
    do throws(SystemError) { try write(Array(text.utf8), to: number, waits: false) } catch {}
  }

  /// Writes all of the bytes where a reader may be slow, and waits for him.
  package func writeAll(_ bytes: [UInt8], to number: CInt) throws(SystemError) {
    try write(bytes, to: number, waits: true)
  }

  private func write(_ bytes: [UInt8], to number: CInt, waits: Bool) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {  // Ends when all has gone, or something is refused.
      do throws(SystemError) {
        // Safe: the slice outlives the call.
        let count = try unsafe rest.withUnsafeBufferPointer { (buffer) throws(SystemError) in
          try unsafe write(number, from: UnsafeRawBufferPointer(buffer))
        }
        rest = rest.dropFirst(count)
      } catch {
        guard waits, error.isWouldBlock else { throw error }
        Linux.rest(nanos: Self.pauseNanos)
      }
    }
  }

  /// Opens a file to write it anew, and makes it (mode 0666) where there is none; what it holds
  /// stays until ``empty(_:)``.
  package func openOutput(path: String) throws(SystemError) -> (number: CInt, isMade: Bool) {
    try Linux.openOutput(path: path)
  }

  /// Takes out of a regular file what it holds (ftruncate(2)); anything else stays as it is.
  package func empty(_ fd: CInt) throws(SystemError) { try Linux.empty(fd) }

  /// Closes what was written, and tells what close(2) answers.
  package func closeOutput(_ fd: CInt) throws(SystemError) { try Linux.closeOutput(fd) }

  /// A descriptor from which whoever reads waits until the file behind `fd` has another length, or
  /// another name less or more (inotify(7)).
  package func watchFile(_ fd: CInt) throws(SystemError) -> CInt { try Linux.watchFile(fd) }

  /// How long a file is, and how many names it has (fstat(2)).
  package func length(of fd: CInt) throws(SystemError) -> (bytes: UInt64, names: UInt64) {
    try Linux.length(of: fd)
  }
}
