public import BatonCore

/// The life of one TAP in one process: it is opened or adopted, serves a guest, and is handed on.
///
/// `new`, then `opening`, or on the incoming side `waiting`, and from there `opening` again or
/// `expecting` and `inert`; then `attached`, `lent` and `restoring` or `released`:
///
/// | state | the device is | what may change it here |
/// | --- | --- | --- |
/// | `new`, `waiting`, `expecting` | not known yet | nothing |
/// | `opening` | being made ours | one call for each state inside |
/// | `inert` | the source's; we hold its descriptors | nothing |
/// | `attached`: `polling` | ours, frames flow | the offloads that the guest's driver wants |
/// | `attached`: `quiesced` | ours, frames wait | what differs, once, at the take |
/// | `lent` | ours, frames wait; a target holds it too | nothing |
/// | `restoring` | ours again | what differs from the record |
/// | `leaving` | ours for the last time | the down script |
/// | `released`, `failed`, `closed` | not ours any more | nothing |
///
/// **It is responsible** for one interface with its queues: that every call of the way up has a
/// state of its own, and so a failure of its own; that the incoming side opens nothing before the
/// migration says whether descriptors come with it; that after a migration that failed the device
/// is as it was described.
///
/// **The duty to run the down script** is the memory's `owesDown`. It begins when the TAP is open
/// and its script has succeeded, goes with the guest (`give` is the word's *offered*, `release` its
/// *running*; the target has it from `resume` on), comes back with `restore`, and ends when the
/// script is started. A process that gave it away runs nothing, and none runs it twice.
///
/// **It never** changes the kernel's device between the offer and the take (`inert`): the source's
/// guest runs on that device. It never detaches a queue to hand it over, which destroys the frames
/// that wait in it, and never clears O_NONBLOCK, which all holders of a descriptor share. It keeps
/// no frame: what cannot be delivered stays in the kernel's queue or in the guest's ring.
///
/// Where the rules come from (measured on Linux 6.18; the calls are those of linux/if_tun.h):
///
/// - Offloads are probed by setting them, and only while a TAP is opened, never on an adopted one.
///   The kernel does not tell which it knows, nor which are set. Each TUNSETOFFLOAD that succeeds
///   replaces the set of the whole device: a probe would switch TSO off under the running source.
/// - USO is probed as a pair, tunnels together with a TSO, and the set is emptied at the end. The
///   kernel takes USO4 and USO6 together only, and tunnels only with a segmentation. What a probe
///   left would let frames through that nobody asked for.
/// - All settings are set, also those that a new interface has already. A persistent one keeps the
///   header's size and the offloads of who had it last; only the send buffer goes with the queues.
/// - The header's size is put to 10 before a descriptor is attached, whatever is answered: this is
///   QEMU's order. Linux 6.18 refuses it there (EBADFD), and `sizingHeader` has the last word.
/// - Whoever wants several queues first counts those that are open. A multiqueue interface takes a
///   second process without a word, and spreads a running guest's frames over its queues. With one
///   queue it is EBUSY.
/// - A refused send buffer counts only when one was asked for. It is a wish of ours otherwise; QEMU
///   does the same.
/// - The interface is what TUNGETIFF and the index say, not what was configured. It may be renamed,
///   and a template gets its number, while the descriptor is open.
/// - What cannot be looked up by name passes at the adoption. Descriptors work in another network
///   namespace, names do not.
/// - A restore sets the offloads even when nothing differs. A target that came as far as the take
///   may have changed them, and the kernel does not tell.
/// - EBADFD ends it in `failed`. The interface was deleted under the descriptors, and no call on
///   them comes back.
///
/// The order of the way up is QEMU's, so that a device that both know looks the same.
public enum TapChart: Chart {
  /// When a TAP is made.
  public enum Arrival: UInt8, Hashable, Sendable {
    /// The guest runs here, or will without a migration.
    case running
    /// A migration is to come in, and nothing is known of it.
    case incoming
    /// A migration is coming in, and the pre-incoming event is over.
    case prepared
  }

  /// What is waited for no longer than so long.
  public enum Delay: UInt8, Symbol {
    /// How long a script or a helper may run: `programMillis` of the options.
    case program
  }

  /// How long the delay is, in nanoseconds.
  public static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
    UInt64(memory.options.programMillis) * 1_000_000
  }

  /// The name in drawings and traces.
  public static let name: StaticString = "Tap"
  /// The flattened chart, made once; ``definition`` says what is in it.
  public static let table = Table<Self>.trusted()
}
