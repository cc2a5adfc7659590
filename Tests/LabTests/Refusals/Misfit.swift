/// A target that does not fit its source.
enum Misfit: CaseIterable {
  case fewerQueues, moreQueues, otherInterface, lessMemory, lacksDevice, oneDeviceMore
  case lessRoom, moreRoom
  case transferOffAtTarget, transferOffAtSource

  var source: Stage.Wish {
    var wish = Stage.Wish()
    switch self {
    case .fewerQueues: wish.queues = 2
    case .lessMemory: wish.memoryMebibytes = 8
    case .lacksDevice: wish.taps = ["tap0", "tap1"]
    case .transferOffAtSource: wish.more = ["--no-local"]
    case .lessRoom: wish.more = ["--slots", "2"]
    case .moreRoom: break
    case .moreQueues, .otherInterface, .oneDeviceMore, .transferOffAtTarget: break
    }
    return wish
  }

  var target: Stage.Wish {
    var wish = Stage.Wish()
    switch self {
    case .moreQueues: wish.queues = 2
    case .otherInterface: wish.taps = ["tap9"]
    case .oneDeviceMore: wish.taps = ["tap0", "tap1"]
    case .transferOffAtTarget:
      // Its TAP is opened as soon as it listens, so it cannot have the source's name.
      wish.taps = ["tap9"]
      wish.more = ["--no-local"]
    case .lessRoom, .moreRoom: wish.more = ["--slots", "3"]
    case .fewerQueues, .lessMemory, .lacksDevice, .transferOffAtSource: break
    }
    return wish
  }

  /// What the source says of it.
  var sourceWords: [String] {
    switch self {
    case .fewerQueues: ["net0", "queues: 2 here, 1 on the other side"]
    case .moreQueues: ["net0", "queues: 1 here, 2 on the other side"]
    case .otherInterface: ["net0", "interface: 'tap0' here, 'tap9' on the other side"]
    case .lessMemory: ["memory size: 8388608 here, 4194304 on the other side"]
    // A device has the more room the fewer of them there may be.
    case .lessRoom: ["net0: memory size: 2097152 here, 1396736 on the other side"]
    case .moreRoom: ["net0: memory size: 4194304 here, 1396736 on the other side"]
    case .lacksDevice: ["net1", "the target has none of this name"]
    case .oneDeviceMore: ["net1", "the source does not offer it"]
    case .transferOffAtTarget: ["backend-transfer: on here, off on the other side"]
    case .transferOffAtSource: ["backend-transfer: off here, on on the other side"]
    }
  }

  /// What the target says of it.
  var targetWords: [String] {
    switch self {
    case .fewerQueues: ["net0", "queues: 1 here, 2 on the other side"]
    case .moreQueues: ["net0", "queues: 2 here, 1 on the other side"]
    case .otherInterface: ["net0", "interface: 'tap9' here, 'tap0' on the other side"]
    case .lessMemory: ["memory size: 4194304 here, 8388608 on the other side"]
    case .lessRoom: ["net0: memory size: 1396736 here, 2097152 on the other side"]
    case .moreRoom: ["net0: memory size: 1396736 here, 4194304 on the other side"]
    case .lacksDevice, .oneDeviceMore: sourceWords
    case .transferOffAtTarget: ["backend-transfer: off here, on on the other side"]
    case .transferOffAtSource: ["backend-transfer: on here, off on the other side"]
    }
  }
}
