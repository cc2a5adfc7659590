import BatonCore

/// The calls to the kernel, each with its outcome as an event.
extension Tap {
  /// How refusals of calls name the interface.
  private var subject: Name { memory.properties.name.text }

  /// The descriptor that was opened last.
  var last: CInt { descriptors[descriptors.count - 1] }

  /// Makes a call and answers with its outcome.
  func attempt(_ body: () throws(SystemError) -> TapChart.Event) {
    do { send(try body()) } catch { send(.refused(Refusal(error, subject: subject))) }
  }

  /// Opens the device for one more queue: /dev/net/tun, which is attached to nothing yet, in the
  /// namespace where the interface is to be; or the one of a macvtap.
  func openDevice(_ macvtap: UInt32) {
    do throws(Refusal) {
      if descriptors.isEmpty { network = nil }
      if descriptors.isEmpty, let place = memory.options.network {
        network = try openNetwork(place)
      }
      do throws(SystemError) {
        descriptors.append(
          Descriptor(owning: try opened(macvtap), in: kernel))
      } catch {
        throw Refusal(error, subject: macvtap == 0 ? subject : Self.device(macvtap))
      }
      if macvtap != 0 { try inspectMacvtap(last) }
      send(.succeeded)
    } catch {
      send(.refused(error))
    }
  }

  private func opened(_ macvtap: UInt32) throws(SystemError) -> CInt {
    guard macvtap == 0 else { return try kernel.openMacvtap(index: macvtap) }
    guard network != nil else { return try kernel.openTun() }
    var number: Descriptor?
    try there { () throws(SystemError) in
      number = Descriptor(owning: try kernel.openTun(), in: kernel)
    }
    return number.take()?.release() ?? -1
  }

  /// A device is named by an index alone, and another namespace has an interface of that too.
  private func inspectMacvtap(_ number: CInt) throws(Refusal) {
    let wanted = memory.properties.name.text
    var found = (name: memory.properties.name, flags: UInt16(0))
    do throws(SystemError) { found = try kernel.tunInterface(number) } catch {
      throw Refusal(error, subject: Self.device(memory.macvtap))
    }
    guard found.name.text == wanted else {
      throw .mismatch(
        .interfaceName, subject: Self.device(memory.macvtap), here: .name(wanted),
        there: .name(found.name.text))
    }
  }

  /// How a refusal names the device of a macvtap.
  private static func device(_ macvtap: UInt32) -> Name {
    Name(bytes: Array("/dev/tap\(macvtap)".utf8)) ?? Name()
  }

  /// What an interface is that could not be attached.
  func link(_ name: InterfaceName) throws(SystemError) -> TapChart.Event {
    try there { () throws(SystemError) in
      let flags = TunFlags(rawValue: try kernel.tunFlags(name))
      guard flags.isEmpty else { return .link(flags) }
      let index = try kernel.macvtapIndex(name)
      return index == 0 ? .link(flags) : .macvtap(index)
    }
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
    let name = memory.properties.name
    for queue in 0..<queueCount(of: setting) {
      // Of a TAP the first has set it for all, of a macvtap for itself.
      if queue > 0, (try? read(setting, queue, name)) == value { continue }
      try write(setting, value, queue, name)
    }
    return .set(setting, value)
  }

  /// How many queues are asked for a setting of their own.
  private func queueCount(of setting: TapSetting) -> Int {
    setting.isPerQueue ? descriptors.count : 1
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
    where found[setting] != recorded[setting] || wasLent && !setting.isTold
      || queueCount(of: setting) > 1
    {
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
      if let value = try read(setting, 0, name) { found[setting] = value }
    }
    // Not found when the interface was moved to another namespace: the index is as it was.
    do throws(SystemError) {
      found.index = try there { () throws(SystemError) in try kernel.interfaceIndex(name) }
    } catch { if error.call == .leaveNetwork { throw error } }
    return found
  }

  /// Sets what the kernel has not, or does not tell; the count of what it had otherwise.
  private func settle(_ settings: TapSettings) throws(SystemError) -> UInt32 {
    let name = memory.properties.name
    var count: UInt32 = 0
    for setting in TapSetting.allCases {
      guard let value = settings[setting] else { continue }
      for queue in 0..<queueCount(of: setting) {
        let current = try read(setting, queue, name)
        guard current != value else { continue }
        try write(setting, value, queue, name)
        if current != nil { count += 1 }
      }
    }
    return count
  }

  private func read(
    _ setting: TapSetting, _ queue: Int, _ name: InterfaceName
  ) throws(SystemError) -> UInt32? {
    try at(setting) { () throws(SystemError) in
      try setting.read(kernel, descriptors[queue], name)
    }
  }

  private func write(
    _ setting: TapSetting, _ value: UInt32, _ queue: Int, _ name: InterfaceName
  ) throws(SystemError) {
    try at(setting) { () throws(SystemError) in
      try setting.write(value, kernel, descriptors[queue], name)
    }
  }

  /// What goes by a descriptor is done where this thread is.
  func at<Answer>(
    _ setting: TapSetting, _ body: () throws(SystemError) -> Answer
  ) throws(SystemError) -> Answer {
    setting.isByName ? try there(body) : try body()
  }
}
