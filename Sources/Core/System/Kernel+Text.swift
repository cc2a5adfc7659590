extension Kernel {
  /// Writes all of `text` where a reader may be slow; what is refused is lost.
  package func write(_ text: String, to number: CInt) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {  // Ends when all has gone, or something is refused.
      do throws(SystemError) {
        // Safe: the slice outlives the call.
        let count = try unsafe rest.withUnsafeBufferPointer { (buffer) throws(SystemError) in
          try unsafe write(number, from: UnsafeRawBufferPointer(buffer))
        }
        rest = rest.dropFirst(count)
      } catch {
        return
      }
    }
  }
}
