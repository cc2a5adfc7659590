extension Refusal: CustomStringConvertible {
  /// One sentence that names what differs and both values.
  public var description: String {
    let prefix = subject.count == 0 ? "" : "\(subject): "
    return prefix + sentence.text
  }

  private var sentence: Sentence {
    switch cause {
    case .mismatch: "\(property): \(here) here, \(there) on the other side"
    case .invalid: "\(property) \(there) is not possible\(expectation)"
    case .systemCall: there == .none ? systemError : "\(property) \(there): \(systemError)"
    case .missingDevice: "the source offers this device, the target has none of this name"
    case .notOffered: "the target waits for this device, the source does not offer it"
    case .alreadyOpen: "the TAP is already open here and cannot take descriptors"
    case .channelCarriesNoDescriptors:
      "backend-transfer requires a UNIX domain socket channel: \(there) cannot carry descriptors"
    case .foreignUser: "the peer runs as user \(there), allowed here is \(here)"
    case .wrongDescriptor: "\(property): \(there) was received, expected \(here)"
    case .duplicateDescriptor: "descriptors \(here) and \(there) are one open file"
    case .descriptorCount: "\(there) descriptors were announced, \(here) arrived"
    case .truncatedStream: "the stream ended after \(here) of \(there) bytes of a record"
    case .malformedRecord: "malformed record: \(property) \(there)\(expectation)"
    case .unexpectedRecord: "record \(there) is not expected in state \(here)"
    case .noListener: "nobody listens there: \(system)"
    case .badAddress: "not an address of the form unix:PATH: \(there)"
    case .memoryNotShared: "the memory region at \(there) is neither shared nor can it be copied"
    case .timeout: "no answer within \(there) ms\(field == .none ? Sentence("") : " (\(property))")"
    case .peerDied: "the process at the other end died"
    case .channelClosed: "the other end closed the channel"
    case .cancelled: "cancelled"
    case .vetoed: "vetoed: \(system)"
    case .wrongState: "not possible in state \(here)"
    case .givenBack: "the target gave the guest back before it ran it"
    case .queuesInUse:
      "could not be opened: \(there) queues of it are in use by another process, expected \(here)"
    case .unknownRecord: "record type \(there) is not known here"
    case .unkillable:
      "the target, user \(there), cannot be killed by the source, user \(here), "
        + "as a target that hangs has to be: \(system)"
    case .programFailed: "\(property) \(there) ended with status \(here)"
    case .programKilled: "\(property) \(there) was ended by signal \(here)"
    case .programLate: "\(property) \(there) did not end within \(here) ms"
    case .noDescriptor: "\(property) \(there) ended and sent no descriptor"
    case .usedUp: "\(property): \(there) were given, and none is left"
    case .unsupported: "\(property): \(there) was asked for, \(here) can be had"
    case .otherInterface: "the interface is \(there), \(here) was asked for"
    case .excluded: "\(property) cannot be given with \(there)"
    case .unknown: "refused by the other side: cause \(causeNumber)"
    }
  }

  private var expectation: Sentence { here == .none ? "" : ", expected \(here)" }

  private var system: Sentence {
    code == 0 ? "refused" : systemError
  }

  /// The call and its errno, or the number of a call that only the other side knows.
  private var systemError: Sentence {
    if let call = Call(rawValue: call) {
      return Sentence(SystemError(call: call, code: code).description)
    }
    return "call \(call): \(SystemError.text(code))"
  }

  private var property: Sentence {
    field == .unknown ? "field \(fieldNumber)" : Sentence(field.text)
  }
}

extension Refusal.Value: CustomStringConvertible {
  /// The value as users write it.
  public var description: String {
    switch self {
    case .none: "nothing"
    case .number(let number): "\(number)"
    case .bits(let bits): "0x" + String(bits, radix: 16)
    case .name(let name): "'\(name)'"
    case .flag(let isOn): isOn ? "on" : "off"
    case .unknown(let kind): "a value of kind \(kind)"
    }
  }
}

extension Refusal.Field {
  /// The property in words, as the sentence of a refusal names it.
  public var text: String {
    switch self {
    case .none: "value"
    case .protocolVersion: "protocol version"
    case .backendTransfer: "backend-transfer"
    case .deviceKind: "device kind"
    case .deviceVersion: "device state version"
    case .queueCount: "queues"
    case .queueOrder: "queue order"
    case .interfaceName: "interface"
    case .interfaceIndex: "interface index"
    case .interfaceFlags: "interface flags"
    case .headerSize: "vnet header size"
    case .sendBuffer: "sndbuf"
    case .offload: "offload"
    case .descriptorKind: "descriptor"
    case .nonBlocking: "O_NONBLOCK"
    case .features: "virtio features"
    case .status: "device status"
    case .macAddress: "MAC address"
    case .activeQueues: "active queue pairs"
    case .ringSize: "ring size"
    case .ringAddress: "ring address"
    case .ringIndex: "ring index"
    case .configSize: "configuration size"
    case .memorySize: "memory size"
    case .memoryAddress: "memory address"
    case .regionCount: "memory regions"
    case .seals: "seals"
    case .userID: "user"
    case .recordType: "record type"
    case .recordLength: "record length"
    case .recordVersion: "record version"
    case .handoverID: "handover id"
    case .deviceCount: "devices"
    case .state: "state"
    case .address: "address"
    case .mtu: "MTU"
    case .recordCount: "records that may be skipped"
    case .interfaceMTU: "interface MTU"
    case .switchTime: "switch-ms"
    case .interfaceKind: "interface kind"
    case .script: "script"
    case .downScript: "downscript"
    case .helper: "helper"
    case .givenDescriptors: "fds"
    case .vhost: "vhost"
    case .network: "network namespace"
    case .memoryKind: "memory kind"
    case .unknown: "unknown field"
    }
  }
}
