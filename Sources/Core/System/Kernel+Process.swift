import BatonCLinux

/// What whoever started this process has left of it.
extension Kernel {
  /// Whether this process ignores a signal, as nohup(1) has it for SIGHUP.
  public func ignoresSignal(_ number: CInt) -> Bool { clinux_ignores_signal(number) == 1 }

  /// Why no thread can be made now, in the words of errno(3), as beyond RLIMIT_NPROC; nil when one
  /// can. Libraries that need one may wait for it without an end and without a word.
  public var threadRefusal: String? {
    let code = clinux_check_thread()
    return code == 0 ? nil : SystemError.text(code)
  }
}
