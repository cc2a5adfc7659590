/// Why a command was not carried out: what stands in an answer's `error`.
package struct QMPError: Error, Hashable, Sendable {
  /// QEMU's classes of errors.
  package enum Kind: String, Sendable, CaseIterable {
    case generic = "GenericError"
    case commandNotFound = "CommandNotFound"
    case deviceNotActive = "DeviceNotActive"
    case deviceNotFound = "DeviceNotFound"
    case missingKVM = "KVMMissingCap"
  }

  /// Its class, which a program may look at.
  package var kind: Kind
  /// A sentence for the user.
  package var text: String

  /// An error; most are of the general class.
  package init(_ text: String, _ kind: Kind = .generic) {
    (self.text, self.kind) = (text, kind)
  }

  /// What an answer says; an unknown class counts as the general one.
  package init?(_ value: JSONValue) {
    guard let name = value["class"]?.text, let text = value["desc"]?.text else { return nil }
    self.init(text, Kind(rawValue: name) ?? .generic)
  }

  package var value: JSONValue { ["class": .text(kind.rawValue), "desc": .text(text)] }
}

extension QMPError: CustomStringConvertible {
  /// The sentence for the user.
  package var description: String { text }
}

extension QMPError {
  /// Nobody has this name.
  package static func noDevice(_ name: String) -> QMPError {
    QMPError("Device '\(name)' not found", .deviceNotFound)
  }

  /// A parameter is not there that has to be.
  package static func missing(_ name: String) -> QMPError {
    QMPError("Parameter '\(name)' is missing")
  }

  /// A parameter is of another type.
  package static func type(_ name: String, expected: String) -> QMPError {
    QMPError("Invalid parameter type for '\(name)', expected: \(expected)")
  }

  /// A parameter does not take this value.
  package static func value(_ name: String, expects: String) -> QMPError {
    QMPError("Parameter '\(name)' expects \(expects)")
  }
}

extension String {
  /// Whether QEMU takes it for the `id` of something: a letter, and letters, digits, `-`, `.` and
  /// `_` behind it.
  package var isIdentifier: Bool {
    let bytes = Array(utf8)
    func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    guard let first = bytes.first, isLetter(first) else { return false }
    return bytes.allSatisfy {
      isLetter($0) || (0x30...0x39).contains($0) || "-._".utf8.contains($0)
    }
  }
}
