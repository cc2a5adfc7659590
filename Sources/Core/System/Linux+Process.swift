import BatonCLinux

extension Linux {
  static func openProcess(_ pid: Int32) throws(SystemError) -> CInt {
    try call(.openProcess) { clinux_open_process(pid) }
  }

  static func signalProcess(_ pidfd: CInt, _ signal: CInt) throws(SystemError) {
    _ = try call(.signalProcess, on: pidfd) { clinux_signal_process(pidfd, signal) }
  }

  static func exitStatus(of pidfd: CInt) throws(SystemError) -> ExitStatus? {
    var found = clinux_exit()
    // Safe: the call fills in `found` and keeps no pointer to it.
    _ = try call(.wait, on: pidfd) { unsafe clinux_wait(pidfd, &found) }
    return switch found.form {
    case 1: .exited(found.value)
    case 2: .killed(signal: found.value)
    default: nil
    }
  }

  static func random() -> UInt64 {
    var value: UInt64 = 0
    do throws(SystemError) {
      // Safe: the call fills in `value` and keeps no pointer to it.
      _ = try call(.random) { unsafe clinux_random(&value) }
    } catch {
      preconditionFailure("getrandom(2) refuses nothing but bad arguments")
    }
    return value
  }
}
