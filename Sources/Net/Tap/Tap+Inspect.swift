import BatonCore

/// The inspection of what a source offers: it reads, and changes nothing.
extension Tap {
  /// Compares the descriptors that were received with the offer, and keeps them if they fit.
  func inspect(_ options: TapOptions, _ offer: TapOffer) {
    do {
      let seen = try inspected(options, offer)
      descriptors.append(contentsOf: received.removeFirst(received.count))
      queues = (0..<descriptors.count).map { _ in TapQueue() }
      if queues.count >= Self.groupedFrom { watchQueues() }
      // The source's are used, and those that were given are not.
      given = Descriptors(in: kernel)
      send(.inspected(seen))
    } catch {
      send(.refused(error))
    }
  }

  /// The interface's MTU in bytes; nil without a TAP, and where its name is not to be found.
  var interfaceMTU: UInt32? {
    guard !descriptors.isEmpty else { return nil }
    return try? there { () throws(SystemError) in
      try kernel.interfaceMTU(memory.properties.name)
    }
  }

  private func inspected(
    _ options: TapOptions, _ offer: TapOffer
  ) throws(Refusal) -> TapProperties {
    let source = offer.properties
    if offer.isOwed { try compare(.downScript, .flag(options.downScript != nil), .flag(true)) }
    try compare(.queueCount, .number(UInt64(options.queues)), .number(UInt64(source.queues)))
    guard offer.descriptorCount == source.queues, received.count == source.queues else {
      throw Refusal(
        .descriptorCount, field: .queueCount, subject: name,
        here: .number(UInt64(received.count)), there: .number(UInt64(source.queues)))
    }
    for queue in 0..<received.count { try inspectQueue(queue, options, source) }
    try inspectDuplicates(received)
    try findNetwork(options, of: received[0])
    let seen = try inspectSettings(options, source)
    try inspectIndex(source)
    return seen
  }

  /// What the kernel has of each setting, compared with what the source said and with what the
  /// options ask for.
  private func inspectSettings(
    _ options: TapOptions, _ source: TapProperties
  ) throws(Refusal) -> TapProperties {
    var seen = source
    for setting in TapSetting.allCases {
      var read: UInt32?
      try asking { () throws(SystemError) in
        read = try at(setting) { () throws(SystemError) in
          try setting.read(kernel, received[0], source.name)
        }
      }
      guard let value = read else { continue }
      try inspectQueues(setting, value, source)
      seen[setting] = value
      guard setting.isCompared else { continue }
      if let told = source[setting] {
        try compare(setting.field, .number(UInt64(value)), .number(UInt64(told)))
      }
      if let wish = setting.wish(options, source.flags) {
        try compare(setting.field, .number(UInt64(wish)), .number(UInt64(value)))
      }
    }
    return seen
  }

  /// The further queues have what the first one has, which a macvtap does not see to.
  private func inspectQueues(
    _ setting: TapSetting, _ value: UInt32, _ source: TapProperties
  ) throws(Refusal) {
    guard setting.isPerQueue, setting.isCompared else { return }
    for queue in 1..<max(received.count, 1) {
      var read: UInt32?
      try asking { () throws(SystemError) in
        read = try setting.read(kernel, received[queue], source.name)
      }
      try compare(setting.field, .number(UInt64(read ?? value)), .number(UInt64(value)))
    }
  }

  /// One queue: what it is, of which interface, how frames look on it, and its shared flag.
  private func inspectQueue(
    _ queue: Int, _ options: TapOptions, _ source: TapProperties
  ) throws(Refusal) {
    let number = received[queue]
    try inspectDevice(number)
    var found = (name: source.name, flags: UInt16(0))
    try asking { () throws(SystemError) in found = try kernel.tunInterface(number) }
    let wanted = options.isTemplate ? source.name : options.requestedName
    try compare(.interfaceName, .name(wanted.text), .name(found.name.text))
    try compare(.interfaceName, .name(found.name.text), .name(source.name.text))
    let flags = TunFlags(rawValue: found.flags).intersection(.compared)
    try compare(.interfaceFlags, bits(expected(options, source)), bits(flags))
    try compare(.interfaceFlags, bits(flags), bits(source.flags))
    var isNonBlocking = false
    try asking { () throws(SystemError) in isNonBlocking = try kernel.isNonBlocking(number) }
    try compare(.nonBlocking, .flag(true), .flag(isNonBlocking))
  }

  /// A queue is an open /dev/net/tun, or the device of a macvtap, which answers TUN's questions. No
  /// other file is asked any.
  func inspectDevice(_ number: CInt) throws(Refusal) {
    var kind = FileKind(type: .other)
    try asking { () throws(SystemError) in kind = try kernel.kind(of: number) }
    if kind.type == .characterDevice(major: 10, minor: 200) { return }
    if case .characterDevice = kind.type, (try? kernel.tunInterface(number)) != nil { return }
    throw Refusal(
      .wrongDescriptor, field: .descriptorKind, subject: name,
      here: .name(FileKind.FileType.characterDevice(major: 10, minor: 200).text),
      there: .name(kind.type.text))
  }

  /// The flags that these options would have led to; whether a header that is only wanted is
  /// there, the source's kernel has decided.
  private func expected(_ options: TapOptions, _ source: TapProperties) -> TunFlags {
    var flags: TunFlags =
      switch options.vnetHeader {
      case .required: options.flags(withHeader: true)
      case .off: options.flags(withHeader: false)
      case .wanted: options.flags(withHeader: source.flags.contains(.vnetHeader))
      }
    // One queue of several is what a descriptor that was given may be.
    if options.isTemplate, source.flags.contains(.multiQueue) { flags.insert(.multiQueue) }
    return flags
  }

  /// Every descriptor must be an open file of its own: each pair is compared.
  func inspectDuplicates(_ received: borrowing Descriptors) throws(Refusal) {
    for queue in 0..<received.count {
      for earlier in 0..<queue {
        let isSame: Bool
        // A kernel that does not tell (no kcmp, or not for us) cannot be asked otherwise.
        do { isSame = try kernel.isSameFile(received[earlier], received[queue]) } catch { return }
        guard !isSame else {
          throw Refusal(
            .duplicateDescriptor, field: .queueOrder, subject: name,
            here: .number(UInt64(earlier)), there: .number(UInt64(queue)))
        }
      }
    }
  }

  /// Whether this descriptor is one of its own queues, or was given to become one; by another
  /// number perhaps, where the kernel tells that.
  package func holds(_ number: CInt) -> Bool {
    contains(number, descriptors) || contains(number, given)
  }

  private func contains(_ number: CInt, _ own: borrowing Descriptors) -> Bool {
    for place in 0..<own.count {
      if own[place] == number { return true }
      do throws(SystemError) {
        if try kernel.isSameFile(own[place], number) { return true }
      } catch { continue }
    }
    return false
  }

  /// Where we may not go the interface is not found by its name; then the name must do.
  private func inspectIndex(_ source: TapProperties) throws(Refusal) {
    guard source.index != 0 else { return }
    let index: UInt32
    do throws(SystemError) {
      index = try there { () throws(SystemError) in try kernel.interfaceIndex(source.name) }
    } catch {
      guard error.call == .leaveNetwork else { return }
      throw Refusal(error, subject: name)
    }
    try compare(.interfaceIndex, .number(UInt64(index)), .number(UInt64(source.index)))
  }

  func compare(
    _ field: Refusal.Field, _ here: Refusal.Value, _ there: Refusal.Value
  ) throws(Refusal) {
    guard here == there else {
      throw .mismatch(field, subject: name, here: here, there: there)
    }
  }

  func bits(_ flags: TunFlags) -> Refusal.Value { .bits(UInt64(flags.rawValue)) }

  func asking(_ body: () throws(SystemError) -> Void) throws(Refusal) {
    do { try body() } catch { throw Refusal(error, subject: name) }
  }
}

extension FileKind.FileType {
  /// What it is, in words.
  var text: Name {
    switch self {
    case .characterDevice(10, 200): Name("TUN device")
    case .characterDevice: Name("another character device")
    case .socket: Name("socket")
    case .regular: Name("regular file")
    case .pipe: Name("pipe")
    case .other: Name("no device")
    }
  }
}
