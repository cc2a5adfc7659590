package import BatonCore
import Foundation

/// What a relay is to do.
package struct RelayOptions: Sendable {
  /// The monitor of the QEMU that has the guest.
  package var source: SocketPath
  /// The shell command that starts its successor; nil where somebody else does.
  package var command: String?
  /// The successor's monitor; nil for one of the relay's own.
  package var target: SocketPath?
  /// Where the relay keeps what it needs: the channel, the target's monitor and output, and what is
  /// to be known by a relay that comes after one that was killed.
  package var folder: String
  /// Whether nothing is to be moved: the target is started, compared and ended.
  package var isDry = false
  /// How long a QEMU may take to start and to answer, in milliseconds.
  package var patienceMillis: UInt64 = 15_000
  /// The most that is sent in a second, in bytes.
  package var bytesPerSecond: UInt64 = 10 << 30
  /// How long the guest may stand still for its memory, in milliseconds; nil for QEMU's own limit.
  package var downtimeMillis: UInt64?

  /// A relay from `source`, with its folder beside that socket unless another is given.
  package init(source: SocketPath, folder: String? = nil) {
    self.source = source
    self.folder = folder ?? "\(source).relay"
  }

  /// Whether an earlier relay with the same folder did not come to its end.
  package var isBegun: Bool { FileManager.default.fileExists(atPath: record) }

  /// Where the target listens for its monitor's clients.
  package var targetMonitor: SocketPath? { target ?? SocketPath(folder + "/target.qmp") }
  /// The channel of the migration.
  var channel: String { folder + "/channel" }
  /// What the target says.
  package var output: String { folder + "/target.log" }
  /// What a relay that comes later has to know.
  var record: String { folder + "/relay.json" }
}
