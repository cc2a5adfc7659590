import BatonCore

/// What other programs do for a TAP, and what they bring.
extension Tap {
  /// Whether it has its queues and all of it is known: opened to the end, or adopted.
  package var isReady: Bool { hasBackend && !configuration.contains(.opening) }

  /// Whether it is closed for good, and its down script has run if it was to.
  package var isClosed: Bool { state == .closed }

  /// Whether a program runs, or the down script is to run before the TAP may be forgotten.
  package var hasProgram: Bool { program != nil || owesDownScript }

  /// Whether the down script is to be run by whoever has the TAP last, and is this process's now.
  package var owesDownScript: Bool { memory.owes }

  /// Tells the device, and a migration that waits for it, how the opening ended.
  func tell(opened refusal: Refusal?) {
    port?.opened(refusal)
    if let token { notifiers.prepared(token, vetoing: refusal) }
  }

  /// Starts a script with the name that the interface has now.
  func start(_ script: TapProgram, _ purpose: TapProgram.Purpose, _ recorded: InterfaceName) {
    var name = recorded
    // It may have been renamed, or be gone.
    if !descriptors.isEmpty { do { name = try kernel.tunInterface(descriptors[0]).name } catch {} }
    let text = String(decoding: name.bytes, as: UTF8.self)
    run(script, purpose, ChildProgram(script.text, [text]))
  }

  /// Starts a helper as QEMU does: its standard input is the socket that the descriptor comes by.
  func start(_ helper: TapProgram, at bridge: InterfaceName?) {
    let name = bridge.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "br0"
    let arguments = ["--use-vnet", "--fd=0", "--br=" + name]
    guard helper.isCommandLine else {
      return run(helper, .helper, ChildProgram(helper.text, arguments))
    }
    let namesBridge = helper.bytes.contains(Array("--br=".utf8))
    let line = [helper.text] + (namesBridge ? Array(arguments.dropLast()) : arguments)
    run(helper, .helper, ChildProgram("/bin/sh", ["-c", joined(line, by: " ")]))
  }

  private func run(
    _ program: TapProgram, _ purpose: TapProgram.Purpose, _ child: ChildProgram
  ) {
    do throws(SystemError) {
      let run = try ProgramRun(self, program, purpose)
      self.program = run
      // What a script has started and left behind is its own affair; one that is killed leaves
      // nothing behind that could go on.
      var child = child
      child.leadsSession = true
      // Scripts are for the interface, and run where it is.
      try there { () throws(SystemError) in try run.start(child) }
    } catch {
      self.program = nil
      send(.refused(Refusal(error, subject: program.name)))
    }
  }

  /// A program has ended.
  func ended(_ run: ProgramRun, _ status: ExitStatus?) {
    guard run === program else { return }
    var sent = run.takeDescriptors()
    program = nil
    if let refusal = refusal(of: run, status, sent.count) {
      _ = send(.refused(refusal))
      return
    }
    if run.purpose == .helper { swap(&given, &sent) }
    send(.succeeded)
  }

  private func refusal(of run: ProgramRun, _ status: ExitStatus?, _ count: Int) -> Refusal? {
    func refusal(_ cause: Refusal.Cause, _ here: Refusal.Value) -> Refusal {
      Refusal(
        cause, field: run.purpose.field, subject: memory.properties.name.text, here: here,
        there: .name(run.program.name))
    }
    switch status {
    case .exited(0): break
    case .exited(let status): return refusal(.programFailed, .number(UInt64(clamping: status)))
    case .killed(let signal): return refusal(.programKilled, .number(UInt64(clamping: signal)))
    case nil: return refusal(.programFailed, .none)
    }
    guard run.purpose == .helper, count != 1 else { return nil }
    if run.hasLost, count < ProgramRun.room {
      let error = SystemError(call: .receive, code: Errno.processTableFull)
      return Refusal(error, subject: run.program.name)
    }
    if count == 0 { return refusal(.noDescriptor, .none) }
    return Refusal(
      .descriptorCount, field: .helper, subject: run.program.name, here: .number(UInt64(count)),
      there: .number(1))
  }
}

/// Descriptors that were given are looked at before anything on them is changed.
extension Tap {
  func examine(_ options: TapOptions) {
    do throws(Refusal) {
      if let strayNumber {
        // Nothing is open under the number that was given.
        throw Refusal(
          .wrongDescriptor, field: .givenDescriptors, subject: name,
          here: .name(FileKind.FileType.characterDevice(major: 10, minor: 200).text),
          there: .number(UInt64(clamping: strayNumber)))
      }
      guard given.count == options.queues else {
        throw Refusal(
          .usedUp, field: .givenDescriptors, subject: name, here: .number(UInt64(given.count)),
          there: .number(UInt64(options.queues)))
      }
      let seen = try examined(options)
      let isOutOfReach = try findNetwork(options, of: given[0])
      // By its name another one would be found here.
      if !isOutOfReach { try examineInformation(seen) }
      try inspectDuplicates(given)
      for queue in 0..<given.count {
        try asking { () throws(SystemError) in try kernel.setNonBlocking(given[queue]) }
      }
      descriptors.append(contentsOf: given.removeFirst(given.count))
      queues = (0..<descriptors.count).map { _ in TapQueue() }
      send(.inspected(seen))
    } catch {
      given = Descriptors(in: kernel)
      send(.refused(error))
    }
  }

  /// Packet information in front of frames would be taken for a part of them. Where the interface
  /// cannot be asked, a macvtap has none and TUNGETIFF was believed.
  private func examineInformation(_ seen: TapProperties) throws(Refusal) {
    var isThere = false
    do throws(SystemError) {
      isThere = try there { () throws(SystemError) in try kernel.tunHasInformation(seen.name) }
    } catch {}
    guard isThere else { return }
    throw Refusal(
      .otherInterface, field: .interfaceKind, subject: name,
      here: .name(Name("one without it")), there: .name(Name("a TAP with packet information")))
  }

  /// What all of them are alike: queues of one TAP, with frames of one form.
  private func examined(_ options: TapOptions) throws(Refusal) -> TapProperties {
    var first: TapProperties?
    for queue in 0..<given.count {
      let number = given[queue]
      try inspectDevice(number)
      var found = (name: options.requestedName, flags: UInt16(0))
      try asking { () throws(SystemError) in found = try kernel.tunInterface(number) }
      let flags = TunFlags(rawValue: found.flags)
      try examine(flags, options)
      let here = flags.intersection(.compared)
      if let first {
        try compare(.interfaceName, .name(first.name.text), .name(found.name.text))
        try compare(.interfaceFlags, bits(first.flags), bits(here))
      } else {
        first = TapProperties(
          name: found.name, index: 0, flags: here, queues: given.count)
      }
    }
    guard let first else { throw Refusal(.usedUp, field: .givenDescriptors, subject: name) }
    return first
  }

  private func examine(_ flags: TunFlags, _ options: TapOptions) throws(Refusal) {
    let needsMore = given.count > 1 && !flags.contains(.multiQueue)
    guard flags.contains(.tap), !needsMore else {
      throw Refusal(
        .otherInterface, field: .interfaceKind, subject: name,
        here: .name(options.flags(withHeader: false).kind), there: .name(flags.kind))
    }
    let hasHeader = flags.contains(.vnetHeader)
    let isWished = options.vnetHeader == .wanted || (options.vnetHeader == .required) == hasHeader
    guard flags.contains(.noPacketInfo), isWished else {
      throw .mismatch(
        .interfaceFlags, subject: name,
        here: bits(options.flags(withHeader: options.vnetHeader == .required)),
        there: bits(flags.intersection(.compared)))
    }
  }
}

extension Array where Element: Equatable {
  /// Whether these elements stand in it side by side.
  fileprivate func contains(_ part: [Element]) -> Bool {
    guard part.count <= count else { return false }
    return (0...(count - part.count)).contains { start in
      self[start..<(start + part.count)].elementsEqual(part)
    }
  }
}
