import Foundation

/// The process of an exit test says what does not hold.
func check(_ holds: Bool, _ what: String) {
  guard !holds else { return }
  FileHandle.standardError.write(Data("not so: \(what)\n".utf8))
  exit(1)
}
