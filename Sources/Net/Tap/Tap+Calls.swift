import BatonCore

/// The calls on the way up, and those that set what the kernel has not.
extension Tap {
  /// How refusals of calls name the interface.
  private var interface: Name { memory.properties.name.text }

  /// The descriptor that was opened last.
  private var last: CInt { descriptors[descriptors.count - 1] }

  /// Makes a call and answers with its outcome.
  private func attempt(_ body: () throws(SystemError) -> TapChart.Event) {
    do { send(try body()) } catch { send(.refused(Refusal(error, subject: interface))) }
  }

  /// One call of the way up.
  func open(_ effect: TapChart.Effect) {
    attempt { () throws(SystemError) in
      switch effect {
      case .openDevice:
        let number = try kernel.openTun()
        descriptors.append(BatonCore.Descriptor(owning: number, in: kernel))
      case .readFeatures: return .features(try kernel.tunFeatures(last))
      case .countQueues(let name): return .counted(try kernel.tunQueueCount(name))
      case .presizeHeader: try kernel.tunSetHeaderSize(last, 10)
      case .attach(let name, let flags):
        let name = try kernel.tunSetInterface(last, name: name, flags: flags.rawValue)
        queues.append(TapQueue())
        return .named(name)
      case .setNonBlocking: try kernel.setNonBlocking(last)
      case .readIndex(let name): return .index(try kernel.interfaceIndex(name))
      case .setOffload(let offload): try kernel.tunSetOffload(descriptors[0], offload.rawValue)
      case .setHeaderSize(let size): try kernel.tunSetHeaderSize(descriptors[0], CInt(size))
      // The kernel keeps one limit for all queues of a device (tun_set_sndbuf).
      case .setSendBuffer(let limit):
        try kernel.tunSetSendBuffer(descriptors[0], CInt(limit))
      case .answer, .enlist, .resign, .inspect, .apply, .describe, .restore, .hold, .serve,
        .drop, .abandon, .shut:
        preconditionFailure("no call of the way up")
      }
      return .succeeded
    }
  }

  /// Sets what differs; what the kernel has already is only read.
  func apply(_ settings: TapSettings) {
    attempt { () throws(SystemError) in
      _ = try settle(settings)
      return .succeeded
    }
  }

  /// Asks the kernel what the TAP is.
  func describe(_ known: TapProperties) {
    attempt { () throws(SystemError) in .described(try found(known)) }
  }

  /// Asks again and puts back what differs from the record.
  func restore(_ recorded: TapProperties, _ setsOffload: Bool) {
    attempt { () throws(SystemError) in
      var settings = TapSettings()
      // Also tells whether there is still an interface.
      let found = try found(recorded)
      if found.headerSize != recorded.headerSize { settings.headerSize = recorded.headerSize }
      settings.sendBuffer = recorded.sendBuffer
      // They cannot be read, so they are set again when another process may have set others.
      if setsOffload { settings.offload = recorded.offload }
      return .restored(try settle(settings))
    }
  }

  /// What the kernel says of the first queue; what it does not tell is as known.
  private func found(_ known: TapProperties) throws(SystemError) -> TapProperties {
    var found = known
    let (name, flags) = try kernel.tunInterface(descriptors[0])
    found.name = name
    found.flags = TunFlags(rawValue: flags).intersection(.compared)
    found.headerSize = UInt32(clamping: try kernel.tunHeaderSize(descriptors[0]))
    found.sendBuffer = UInt32(clamping: try kernel.tunSendBuffer(descriptors[0]))
    found.queues = descriptors.count
    // Not found when the interface was moved to another namespace: the index is as it was.
    do { found.index = try kernel.interfaceIndex(name) } catch {}
    return found
  }

  /// Reads each setting and sets it if it differs; the count of those that did.
  private func settle(_ settings: TapSettings) throws(SystemError) -> UInt32 {
    var count: UInt32 = 0
    if let size = settings.headerSize, try kernel.tunHeaderSize(descriptors[0]) != size {
      try kernel.tunSetHeaderSize(descriptors[0], CInt(size))
      count += 1
    }
    if let limit = settings.sendBuffer, try kernel.tunSendBuffer(descriptors[0]) != limit {
      try kernel.tunSetSendBuffer(descriptors[0], CInt(limit))
      count += 1
    }
    if let offload = settings.offload {
      try kernel.tunSetOffload(descriptors[0], offload.rawValue)
    }
    return count
  }
}
