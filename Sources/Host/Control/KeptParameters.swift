import BatonQMP

/// QEMU's parameters of a migration that mean nothing where no memory is copied: they are looked at
/// as QEMU does, and kept, to be read again.
enum KeptParameters {
  static let defaults: [String: JSONValue] = [
    "announce-initial": 50, "announce-max": 550, "announce-rounds": 5, "announce-step": 100,
    "downtime-limit": 300, "max-bandwidth": 134_217_728, "avail-switchover-bandwidth": 0,
    "max-postcopy-bandwidth": 0, "multifd-channels": 2, "multifd-compression": "none",
    "multifd-qatzip-level": 1, "multifd-zlib-level": 1, "multifd-zstd-level": 1, "mode": "normal",
    "zero-page-detection": "multifd", "throttle-trigger-threshold": 50, "cpu-throttle-initial": 20,
    "cpu-throttle-increment": 10, "cpu-throttle-tailslow": false, "max-cpu-throttle": 99,
    "xbzrle-cache-size": 67_108_864, "direct-io": false, "tls-creds": "", "tls-hostname": "",
    "tls-authz": "", "vcpu-dirty-limit": 1, "x-vcpu-dirty-limit-period": 1_000,
    "x-checkpoint-delay": 20_000, "cpr-exec-command": [],
  ]

  static let members = defaults.sorted { $0.key < $1.key }.map { name, value in
    Member(name, types[name] ?? type(of: value), isOptional: true)
  }

  private static let types: [String: ValueType] = [
    "mode": .choice(["normal", "cpr-reboot", "cpr-transfer", "cpr-exec"]),
    "multifd-compression": .choice(["none", "zlib", "zstd", "qatzip", "qpl", "uadk"]),
    "zero-page-detection": .choice(["none", "legacy", "multifd"]),
    "tls-creds": .textOrNull, "tls-hostname": .textOrNull, "tls-authz": .textOrNull,
    "cpu-throttle-initial": .narrow(bits: 8), "cpu-throttle-increment": .narrow(bits: 8),
    "max-cpu-throttle": .narrow(bits: 8), "throttle-trigger-threshold": .narrow(bits: 8),
    "multifd-channels": .narrow(bits: 8), "multifd-qatzip-level": .narrow(bits: 8),
    "multifd-zlib-level": .narrow(bits: 8), "multifd-zstd-level": .narrow(bits: 8),
    "x-checkpoint-delay": .narrow(bits: 32), "cpr-exec-command": .list(.text),
  ]

  private static func type(of value: JSONValue) -> ValueType {
    switch value {
    case .bool: .bool
    case .integer, .unsigned: .unsigned
    case .null, .number, .text, .list, .object: .text
    }
  }

  /// What QEMU bounds: the name that its errors have, what is possible, and how they say that.
  private static let bounds: [String: (String, ClosedRange<Int>, String)] = [
    "announce-initial": ("announce_initial", 0...100_000, "a value between 0 and 100000"),
    "announce-max": ("announce_max", 0...100_000, "a value between 0 and 100000"),
    "announce-rounds": ("announce_rounds", 0...1_000, "a value between 0 and 1000"),
    "announce-step": ("announce_step", 1...10_000, "a value between 0 and 10000"),
    "downtime-limit": (
      "downtime_limit", 0...2_000_000, "an integer in the range of 0 to (2000 * 1000) ms"
    ),
    "cpu-throttle-initial": (
      "cpu_throttle_initial", 1...99, "an integer in the range of 1 to 99"
    ),
    "cpu-throttle-increment": (
      "cpu_throttle_increment", 1...99, "an integer in the range of 1 to 99"
    ),
    "throttle-trigger-threshold": (
      "throttle_trigger_threshold", 1...100, "an integer in the range of 1 to 100"
    ),
    "multifd-channels": ("multifd_channels", 1...255, "a value between 1 and 255"),
    "multifd-qatzip-level": ("multifd_qatzip_level", 1...9, "a value between 1 and 9"),
    "multifd-zlib-level": ("multifd_zlib_level", 0...9, "a value between 0 and 9"),
    "multifd-zstd-level": ("multifd_zstd_level", 0...20, "a value between 0 and 20"),
    "x-vcpu-dirty-limit-period": (
      "x-vcpu-dirty-limit-period", 1...1_000, "a value between 1 and 1000"
    ),
  ]

  /// What is kept of a value, when all of `kept` is as it will be then.
  static func kept(
    _ value: JSONValue, as name: String, beside kept: [String: JSONValue]
  ) throws(QMPError) -> JSONValue {
    if let (shown, range, words) = bounds[name] {
      guard let found = value.integer, range.contains(found) else {
        throw .value(shown, expects: words)
      }
    }
    switch (name, value) {
    case ("max-cpu-throttle", _), ("cpu-throttle-initial", _):
      let least = kept["cpu-throttle-initial"]?.integer ?? 1
      guard let most = kept["max-cpu-throttle"]?.integer, most >= least, most <= 99 else {
        throw .value(
          "max_cpu_throttle", expects: "an integer in the range of cpu_throttle_initial to 99")
      }
    case ("vcpu-dirty-limit", 0):
      throw QMPError("Parameter 'vcpu_dirty_limit' must be greater than 1 MB/s")
    case ("xbzrle-cache-size", _):
      guard let found = value.integer, found >= 4_096, found.nonzeroBitCount == 1 else {
        throw .value(
          "xbzrle_cache_size", expects: "a power of two no less than the target page size")
      }
    case (_, .null): return ""
    // QEMU's visitor takes these for what they are in 64 bits.
    case (_, .integer(let number)) where number < 0:
      return .unsigned(UInt64(bitPattern: number))
    case (_, _): break
    }
    return value
  }
}
