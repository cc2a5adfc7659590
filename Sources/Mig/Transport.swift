import BatonCore

/// What the address of a migration leads to.
package enum Transport: UInt8, Hashable, Sendable, BitwiseCopyable {
  /// A UNIX stream socket: the only one that carries descriptors.
  case unix
  /// A TCP connection, on which no descriptor can travel.
  case tcp
  /// A file, in which no descriptor can lie.
  case file
  /// A command that is started; its standard input is a pipe.
  case exec
  /// A scheme that is not known, or a path that a socket address cannot hold.
  case unknown

  /// What stands before the colon of an address.
  package var scheme: StaticString {
    switch self {
    case .unix: "unix"
    case .tcp: "tcp"
    case .file: "file"
    case .exec: "exec"
    case .unknown: "unknown"
    }
  }
}

extension Transport {
  /// Why nothing but a UNIX socket will do; `address` is what the user gave.
  func refusal(_ address: Name) -> Refusal {
    switch self {
    case .unknown: Refusal(.badAddress, field: .address, there: .name(address))
    case .unix, .tcp, .file, .exec:
      Refusal(.channelCarriesNoDescriptors, field: .address, there: .name(Name(scheme)))
    }
  }
}
