import BatonCore

/// The loops that one table of tests is run on.
enum LoopKind: CaseIterable {
  case event, virtual

  /// A loop of this kind with real descriptors, and what runs one round of it without waiting.
  func make(_ kernel: Kernel = Kernel()) -> (loop: any Loop, poll: () -> Bool) {
    switch self {
    case .event:
      let loop = EventLoop(kernel: kernel)
      return (loop, { loop.poll() })
    case .virtual:
      let loop = VirtualLoop(kernel: kernel, asksKernel: true)
      return (loop, { loop.poll() })
    }
  }
}
