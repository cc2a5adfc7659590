package import BatonCore

/// A program that belongs to a TAP: its script, its down script or its helper, as a user names it.
public struct TapProgram: Hashable, Sendable {
  /// The path, or for a helper a line for the shell; without a NUL, and never empty.
  public let bytes: [UInt8]

  /// Takes the text as it is; nil for an empty one and for one with a NUL.
  public init?(bytes: some Sequence<UInt8>) {
    let bytes = [UInt8](bytes)
    guard !bytes.isEmpty, !bytes.contains(0) else { return nil }
    self.bytes = bytes
  }

  /// Takes what QEMU's `script` and `downscript` say: nothing and `no` are no script.
  package init?(script bytes: some Sequence<UInt8>) {
    let bytes = [UInt8](bytes)
    guard bytes != Array("no".utf8) else { return nil }
    self.init(bytes: bytes)
  }

  /// What a refusal has room for: the end of it, which tells most.
  package var name: Name { Name(endOf: bytes) }

  /// Whether it is more than a path, and so the shell's to read (QEMU's rule for `helper`).
  package var isCommandLine: Bool { bytes.contains(0x20) || bytes.contains(0x09) }

  /// The text for a call.
  package var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension TapProgram {
  /// What a program is run for.
  package enum Purpose: UInt8, Sendable {
    /// As the options of these names.
    case script, downScript, helper

    /// How a refusal names it.
    var field: Refusal.Field {
      switch self {
      case .script: .script
      case .downScript: .downScript
      case .helper: .helper
      }
    }

    /// What the options name for it.
    func program(_ options: TapOptions) -> TapProgram? {
      switch self {
      case .script: options.script
      case .downScript: options.downScript
      case .helper: options.helper
      }
    }
  }
}

extension TapProgram: CustomStringConvertible {
  /// Takes a path; nil for an empty one and for one with a NUL.
  public init?(_ text: String) { self.init(bytes: text.utf8) }

  /// The path as the user wrote it.
  public var description: String { text }
}
