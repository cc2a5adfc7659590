import BatonCLinux

/// An eventfd that another process holds as well, which may be up to no good.
///
/// O_NONBLOCK belongs to the open file description: whoever else has it can take it away, fill the
/// counter or empty it, and a plain read(2) or write(2) would wait for ever then. These two never
/// wait, by preadv2(2) with RWF_NOWAIT and by io_submit(2) with IOCB_FLAG_RESFD. They are the real
/// kernel's also on a simulated one.
package enum SharedCounter {
  /// Adds one; a full counter, and what is no eventfd, stay as they are.
  package static func ring(_ number: CInt) { clinux_ring_shared(number) }

  /// Sets it back to zero.
  ///
  /// - Returns: Whether anything was there that a counter has.
  package static func take(_ number: CInt) throws(SystemError) -> Bool {
    try Linux.call(.read, on: number) { clinux_take_shared(number) } > 0
  }
}
