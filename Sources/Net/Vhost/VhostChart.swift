package import BatonCore

/// The life of the kernel's own datapath for one device (vhost-net, linux/vhost.h): all its
/// descriptors together, one for each pair of queues.
///
/// | state | the kernel has | who serves the rings |
/// | --- | --- | --- |
/// | `new`, `opening`, `opened` | a descriptor that nobody owns | this process |
/// | `owning`, `owned` | an owner | this process |
/// | `mapping`, `prepared` | the guest's memory and features | this process |
/// | `placing`, `placed` | where the rings are and go on | nobody: a take is under way |
/// | `starting`, `running` | backends | the kernel |
/// | `stopping`, `breaking` | | the kernel, until its bases are read |
/// | `suspended` | as `prepared` | this process, until the driver resets |
/// | `failed`, `closed` | nothing | this process |
///
/// **It is responsible** for what can be done before a guest comes being done before: owner, memory
/// and features are the kernel's in `prepared`, on a target before the source has stopped anything.
/// For rings that have one server at a time: the device looks at a ring again only after the
/// kernel has said where it stopped, or has let go of it for good. And for a guest that goes on
/// whatever the kernel refuses: in `failed` this process serves it, with the reason at hand, unless
/// vhost-net was asked for by all means and no guest runs yet.
///
/// **It never** lends a descriptor to another process. One that has an owner cannot be owned anew,
/// and on Linux 5.10 and 6.1 the rings of an owner that was killed run on for as long as anybody
/// holds it (docs/KERNELS.md). The target opens one of its own.
package enum VhostChart: Chart {
  /// What has to be known beside the state.
  package struct Memory: Hashable, Sendable {
    /// Whether there is no serving the rings here in its place.
    var isRequired = false
    /// What the kernel's vhost-net can do, feature bits of virtio and its own.
    package internal(set) var features: UInt64 = 0
    /// Why the rings are served in this process; nil when nothing was refused.
    package internal(set) var refusal: Refusal?

    /// Nothing is known yet.
    package init() {}
  }

  /// How drawings and records name the chart.
  package static let name: StaticString = "Vhost"
  /// The flattened chart, made once; ``definition`` says what is in it.
  package static let table = Table<Self>.trusted()

  /// Whether the guard holds, of the memory alone.
  package static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .isRequired: memory.isRequired
    }
  }

  /// What the action computes: one arm for each, so that the compiler asks for all of them.
  // Not on the way of frames; inline, it would be in the machine five times.
  @inline(never)
  package static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .open:
      memory = Memory()
      if case .open(let isRequired) = event { memory.isRequired = isRequired }
      outbox.emit(.open)
    case .noteFeatures: if case .features(let bits) = event { memory.features = bits }
    case .own: outbox.emit(.own)
    case .map: outbox.emit(.map)
    case .place: outbox.emit(.place)
    case .start: outbox.emit(.start)
    case .stop: outbox.emit(.stop)
    case .drop: outbox.emit(.drop)
    case .recover: outbox.emit(.recover)
    case .answer:
      guard case .refused(let refusal) = event else { return }
      memory.refusal = refusal
      outbox.emit(.answer(refusal))
    case .warn:
      guard case .refused(let refusal) = event else { return }
      memory.refusal = refusal
      outbox.emit(.warn(refusal))
    }
  }
}
