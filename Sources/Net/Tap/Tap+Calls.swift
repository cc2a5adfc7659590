import BatonCore

/// The calls to the kernel, each with its outcome as an event.
extension Tap {
  /// How refusals of calls name the interface.
  private var interface: Name { memory.properties.name.text }

  /// The descriptor that was opened last.
  var last: CInt { descriptors[descriptors.count - 1] }

  /// Makes a call and answers with its outcome.
  func attempt(_ body: () throws(SystemError) -> TapChart.Event) {
    do { send(try body()) } catch { send(.refused(Refusal(error, subject: interface))) }
  }

  /// Opens the device for one more queue, which is attached to nothing yet.
  func openDevice() throws(SystemError) -> TapChart.Event {
    let number = try kernel.openTun()
    descriptors.append(Descriptor(owning: number, in: kernel))
    return .succeeded
  }

  /// 10 bytes is what every kernel starts with; a persistent interface keeps what it had last.
  func presizeHeader() throws(SystemError) -> TapChart.Event {
    try kernel.tunSetHeaderSize(last, 10)
    return .succeeded
  }

  /// Attaches the last descriptor, which makes the interface when there is none.
  func attach(_ name: InterfaceName, _ flags: TunFlags) throws(SystemError) -> TapChart.Event {
    let name = try kernel.tunSetInterface(last, name: name, flags: flags.rawValue)
    queues.append(TapQueue())
    return .named(name)
  }

  /// Sets O_NONBLOCK on the last descriptor, for everybody who will share it.
  func setNonBlocking() throws(SystemError) -> TapChart.Event {
    try kernel.setNonBlocking(last)
    return .succeeded
  }

  /// Sets one setting of the device, whatever it was.
  func set(_ setting: TapSetting, _ value: UInt32) throws(SystemError) -> TapChart.Event {
    try setting.write(value, kernel, descriptors[0], memory.properties.name)
    return .set(setting, value)
  }

  /// Sets what differs; what the kernel has already is only read.
  func apply(_ settings: TapSettings) throws(SystemError) -> TapChart.Event {
    _ = try settle(settings)
    return .succeeded
  }

  /// Asks the kernel what the TAP is.
  func describe(_ known: TapProperties) throws(SystemError) -> TapChart.Event {
    .described(try found(known))
  }

  /// Asks again and puts back what differs from the record; what the kernel does not tell is set
  /// again when another process may have set it.
  func restore(_ recorded: TapProperties, _ wasLent: Bool) throws(SystemError) -> TapChart.Event {
    // Also tells whether there is still an interface.
    let found = try found(recorded)
    var settings = TapSettings()
    for setting in TapSetting.allCases
    where found[setting] != recorded[setting] || wasLent && !setting.isTold {
      settings[setting] = recorded[setting]
    }
    return .restored(try settle(settings))
  }

  /// What the kernel says of the first queue; what it does not tell is as known.
  private func found(_ known: TapProperties) throws(SystemError) -> TapProperties {
    var found = known
    let (name, flags) = try kernel.tunInterface(descriptors[0])
    found.name = name
    found.flags = TunFlags(rawValue: flags).intersection(.compared)
    found.queues = descriptors.count
    for setting in TapSetting.allCases {
      if let value = try setting.read(kernel, descriptors[0], name) { found[setting] = value }
    }
    // Not found when the interface was moved to another namespace: the index is as it was.
    do { found.index = try kernel.interfaceIndex(name) } catch {}
    return found
  }

  /// Sets what the kernel has not, or does not tell; the count of what it had otherwise.
  private func settle(_ settings: TapSettings) throws(SystemError) -> UInt32 {
    let interface = memory.properties.name
    var count: UInt32 = 0
    for setting in TapSetting.allCases {
      guard let value = settings[setting] else { continue }
      let current = try setting.read(kernel, descriptors[0], interface)
      guard current != value else { continue }
      try setting.write(value, kernel, descriptors[0], interface)
      if current != nil { count += 1 }
    }
    return count
  }
}
