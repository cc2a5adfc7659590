import BatonCore

extension TapArguments {
  /// The TAP that is wished for, after all of it was looked at: values first, then what excludes
  /// each other, in QEMU's order.
  ///
  /// - Parameter find: The descriptor of a name that is no number (QMP's `getfd`).
  /// - Throws: Everything that is wrong.
  public func options(
    naming find: ([UInt8]) -> CInt? = { _ in nil }
  ) throws(TapArgumentError) -> TapOptions {
    var reader = Reader(arguments: self)
    var options = TapOptions()
    reader.readInterface(&options)
    reader.readFrames(&options)
    reader.readDescriptors(&options, find)
    reader.readVhost(&options)
    reader.error.mistakes += conflicts
    guard reader.error.mistakes.isEmpty else { throw reader.error }
    return options
  }

  /// Those of `keys` of which something was said.
  private func given(_ keys: Key...) -> [Key] { keys.filter { self[$0] != nil } }

  /// What cannot be said together; the first that says how the queues come to be excludes others.
  private var conflicts: [TapArgumentError.Mistake] {
    var found: [TapArgumentError.Mistake] = []
    let vhostDescriptors = given(.vhostfd, .vhostfds)
    if self[.vhost].flatMap(Reader.bool) == false, !vhostDescriptors.isEmpty {
      found.append(.withoutVhost(vhostDescriptors))
    }
    if self[.fd] != nil {
      note(
        .fd,
        given(
          .ifname, .netns, .script, .downscript, .vnetHdr, .helper, .queues, .fds, .vhostfds),
        &found)
    } else if let fds = self[.fds] {
      note(
        .fds,
        given(.ifname, .netns, .script, .downscript, .vnetHdr, .helper, .queues, .vhostfd), &found)
      if let vhostfds = self[.vhostfds] {
        let counts = (Reader.list(fds).count, Reader.list(vhostfds).count)
        if counts.0 != counts.1 { found.append(.counts(fds: counts.0, vhostfds: counts.1)) }
      }
    } else if self[.helper] != nil {
      note(
        .helper, given(.ifname, .netns, .script, .downscript, .vnetHdr, .queues, .vhostfds), &found)
    } else if self[.vhostfds] != nil {
      found.append(.withoutFds)
    }
    return found
  }

  private func note(_ key: Key, _ others: [Key], _ found: inout [TapArgumentError.Mistake]) {
    if !others.isEmpty { found.append(.together(key, others)) }
  }
}

/// Reads values one after the other, and goes on behind a mistake.
private struct Reader {
  let arguments: TapArguments
  var error = TapArgumentError()
  private var numbers: [CInt] = []

  init(arguments: TapArguments) { self.arguments = arguments }

  mutating func readInterface(_ options: inout TapOptions) {
    if let text = arguments[.ifname], !text.isEmpty {
      options.name = InterfaceName(bytes: text)
      if options.name == nil { refuse(.ifname, text, "1 to 15 bytes without '/', ':' or a space") }
    }
    if let text = arguments[.netns] {
      options.network = TapNetwork(bytes: text)
      if options.network == nil { refuse(.netns, text, "a name of `ip netns`, or a path") }
    }
    options.script = script(.script)
    options.downScript = script(.downscript)
    if let text = arguments[.helper] {
      options.helper = TapProgram(bytes: text)
      if options.helper == nil { refuse(.helper, text, "the path of a program") }
    }
    guard let text = arguments[.br] else { return }
    options.bridge = InterfaceName(bytes: text)
    if options.bridge == nil { refuse(.br, text, "1 to 15 bytes without '/', ':' or a space") }
  }

  /// Nothing, and `no`, are no script; a NUL would be the end of another one's path.
  private mutating func script(_ key: TapArguments.Key) -> TapProgram? {
    guard let text = arguments[key] else { return nil }
    if text.contains(0) { refuse(key, text, "a path without a NUL, or no") }
    return TapProgram(script: text)
  }

  mutating func readFrames(_ options: inout TapOptions) {
    if let size = number(.sndbuf, to: .max, isSize: true) {
      options.sendBuffer = UInt32(clamping: size)
    }
    if let isOn = bool(.vnetHdr) { options.vnetHeader = isOn ? .required : .off }
    if let queues = number(.queues, from: 1, to: UInt64(TapOptions.queuesMax)) {
      options.queues = Int(queues)
    }
    if let mtu = number(.mtu, from: 68, to: UInt64(UInt16.max)) { options.mtu = UInt16(mtu) }
  }

  mutating func readDescriptors(_ options: inout TapOptions, _ find: ([UInt8]) -> CInt?) {
    if let text = arguments[.fd] {
      options.fds = descriptors(.fd, [text], find)
    } else if let text = arguments[.fds] {
      options.fds = descriptors(.fds, Self.list(text), find)
    }
    if let fds = options.fds { options.queues = max(1, fds.count) }
    if let text = arguments[.vhostfd] {
      options.vhostFDs = descriptors(.vhostfd, [text], find)
    } else if let text = arguments[.vhostfds] {
      options.vhostFDs = descriptors(.vhostfds, Self.list(text), find)
    }
  }

  /// QEMU's rule: it is on when it is said, or when something says so that needs it.
  mutating func readVhost(_ options: inout TapOptions) {
    let isForced = bool(.vhostforce) ?? false
    let isOn = bool(.vhost) ?? (isForced || !options.vhostFDs.isEmpty)
    options.vhost = !isOn ? .off : isForced ? .required : .wanted
    if let micros = number(.pollUs, to: UInt64(UInt32.max)) { options.pollMicros = UInt32(micros) }
  }

  private mutating func descriptors(
    _ key: TapArguments.Key, _ texts: [[UInt8]], _ find: ([UInt8]) -> CInt?
  ) -> [CInt] {
    if texts.count > TapOptions.queuesMax {
      refuse(key, Array(arguments[key]?.prefix(Name.limit) ?? []), "at most 256 descriptors")
      return []
    }
    var found: [CInt] = []
    for text in texts {
      let isNumber = text.first.map { (0x30...0x39).contains($0) } ?? false
      let number = isNumber ? Self.decimal(text).flatMap { CInt(exactly: $0) } : find(text)
      guard let number else {
        error.mistakes.append(.noDescriptor(key, text))
        continue
      }
      if numbers.contains(number) { error.mistakes.append(.sameDescriptor(number)) }
      numbers.append(number)
      found.append(number)
    }
    return found
  }

  /// What stands between colons.
  static func list(_ bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(separator: 0x3A, omittingEmptySubsequences: false).map { Array($0) }
  }

  private mutating func refuse(
    _ key: TapArguments.Key, _ text: [UInt8], _ expected: TapArgumentError.StaticText
  ) {
    error.mistakes.append(.value(key, text, expected: expected))
  }

  private mutating func bool(_ key: TapArguments.Key) -> Bool? {
    guard let text = arguments[key] else { return nil }
    let value = Self.bool(text)
    if value == nil { refuse(key, text, "on or off") }
    return value
  }

  /// QEMU's words for on and off.
  static func bool(_ text: [UInt8]) -> Bool? {
    let words: [(StaticString, Bool)] = [
      ("on", true), ("yes", true), ("true", true), ("y", true), ("off", false), ("no", false),
      ("false", false), ("n", false),
    ]
    return words.first { Name($0.0).bytes == text }?.1
  }

  private mutating func number(
    _ key: TapArguments.Key, from least: UInt64 = 0, to most: UInt64, isSize: Bool = false
  ) -> UInt64? {
    guard let text = arguments[key] else { return nil }
    if let value = isSize ? Self.size(text) : Self.decimal(text), least <= value, value <= most {
      return value
    }
    switch key {
    case .queues: refuse(key, text, "1 to 256")
    case .mtu: refuse(key, text, "68 to 65535")
    case .sndbuf: refuse(key, text, "bytes, or a number with K, M, G or T behind it")
    case _: refuse(key, text, "0 to 4294967295")
    }
    return nil
  }

  /// Decimal digits; nil for all else, and for what 64 bits do not hold.
  static func decimal(_ text: [UInt8]) -> UInt64? {
    guard !text.isEmpty else { return nil }
    var value: UInt64 = 0
    for byte in text {
      guard (0x30...0x39).contains(byte) else { return nil }
      let (product, isOver) = value.multipliedReportingOverflow(by: 10)
      let (sum, isBeyond) = product.addingReportingOverflow(UInt64(byte - 0x30))
      guard !isOver, !isBeyond else { return nil }
      value = sum
    }
    return value
  }

  /// A number with one of QEMU's suffixes, powers of 1024.
  static func size(_ text: [UInt8]) -> UInt64? {
    guard let last = text.last else { return nil }
    // Upper case, as far as letters go.
    guard let power = Array("BKMGT".utf8).firstIndex(of: last & 0xDF) else { return decimal(text) }
    guard let value = decimal(Array(text.dropLast())) else { return nil }
    let (product, isOver) = value.multipliedReportingOverflow(by: 1 << UInt64(10 * power))
    return isOver ? nil : product
  }
}
