import BatonCLinux

extension Linux {
  static func openProcess(_ pid: Int32) throws(SystemError) -> CInt {
    try call(.openProcess) { clinux_open_process(pid) }
  }

  static func signalProcess(_ pidfd: CInt, _ signal: CInt) throws(SystemError) {
    _ = try call(.signalProcess, on: pidfd) { clinux_signal_process(pidfd, signal) }
  }

  static func signalGroup(_ leader: Int32, _ signal: CInt) throws(SystemError) {
    _ = try call(.signalGroup) { clinux_signal_group(leader, signal) }
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

  static func awaitEnd(of pidfd: CInt) throws(SystemError) {
    _ = try call(.wait, on: pidfd) { clinux_await_end(pidfd) }
  }

  static func hasStopped(_ pidfd: CInt) throws(SystemError) -> Bool {
    try call(.wait, on: pidfd) { clinux_has_stopped(pidfd) } == 1
  }

  static func spawn(
    _ program: ChildProgram, lending descriptors: ChildDescriptors
  ) throws(SystemError) -> (pid: Int32, pidfd: CInt) {
    let arguments = [program.path] + program.arguments
    let path = try packed([program.path])
    let all = try packed(arguments)
    let environment = program.environment ?? []
    let settings = try packed(environment)
    let numbers = [descriptors.input, descriptors.output, descriptors.error]
    var pid: Int32 = -1
    // Safe: the arrays outlive the calls, hold as many strings as is said, and are not kept.
    let pidfd = try unsafe path.withUnsafeBufferPointer { path throws(SystemError) in
      try unsafe all.withUnsafeBufferPointer { all throws(SystemError) in
        try unsafe settings.withUnsafeBufferPointer { settings throws(SystemError) in
          var plan = unsafe clinux_program(
            path: path.baseAddress, arguments: all.baseAddress, argument_count: arguments.count,
            environment: settings.baseAddress, environment_count: environment.count,
            inherits: program.environment == nil ? 1 : 0, leads: program.leadsSession ? 1 : 0)
          // Safe: the plan's arrays are lent by the closures around it.
          return try call(.spawn, on: descriptors.input, and: descriptors.output) {
            unsafe clinux_spawn(&plan, numbers, &pid)
          }
        }
      }
    }
    return (pid, pidfd)
  }

  /// The texts one behind the other, each with its NUL; a NUL inside would make another text.
  private static func packed(_ texts: [String]) throws(SystemError) -> [CChar] {
    var bytes: [CChar] = []
    for text in texts {
      for byte in text.utf8 {
        guard byte != 0 else { throw SystemError(call: .spawn, code: Errno.invalid) }
        bytes.append(CChar(bitPattern: byte))
      }
      bytes.append(0)
    }
    return bytes
  }

  static func random() throws(SystemError) -> UInt64 {
    var value: UInt64 = 0
    // Safe: the call fills in `value` and keeps no pointer to it.
    _ = try call(.random) { unsafe clinux_random(&value) }
    return value
  }

  /// Has a signal counted, and an eventfd rung when it comes.
  static func watchSignal(_ number: CInt, ringing bell: CInt?) {
    _ = clinux_watch_signal(number, bell ?? -1)
  }

  /// How often it has come since this was asked last; its bell is silent then.
  static func takeSignals(_ number: CInt, ringing bell: CInt?) -> Int {
    if let bell { clinux_unring(bell) }
    return Int(clinux_take_signals(number))
  }

  static func unwatchSignal(_ number: CInt, ringing bell: CInt?) {
    clinux_unwatch_signal(number, bell ?? -1)
  }
}
