import BatonCore
import Synchronization

/// Standard output, of which it is known whether all has gone there: each line is written at once,
/// and after a refusal nothing more is.
package enum StandardOutput {
  private struct Status {
    /// What was refused.
    var failure: SystemError?
    /// Whether anything was to be written that has not gone.
    var isShort = false
  }

  private static let status = Mutex(Status())

  /// Takes over the descriptor; one that is closed refuses all that is written.
  static func begin() {
    let kernel = Kernel()
    if !kernel.isOpen(1) {
      status.withLock { $0.failure = SystemError(call: .write, code: Errno.badDescriptor) }
    }
    kernel.fillStandardDescriptors()
  }

  /// Writes a text and its end.
  package static func print(_ text: String, terminator: String = "\n") {
    write(Array((text + terminator).utf8))
  }

  /// Writes bytes as they are.
  package static func write(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    status.withLock { status in
      if status.failure == nil {
        do throws(SystemError) { try Kernel().writeAll(bytes, to: 1) } catch {
          status.failure = error
        }
      }
      if status.failure != nil { status.isShort = true }
    }
  }

  /// Whether anything was to be written that has not gone.
  package static var isShort: Bool { status.withLock { $0.isShort } }

  /// Whether all has gone there; when not, standard error has said why.
  static func tell() -> Bool {
    let status = status.withLock { $0 }
    guard status.isShort, let failure = status.failure else { return true }
    Kernel().write("standard output: \(failure)\n", to: 2)
    return false
  }
}
