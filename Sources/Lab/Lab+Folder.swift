import Foundation

extension Lab {
  /// Makes a folder for the sockets and files of one run, which nobody but its user can enter;
  /// whoever asked for it removes it.
  ///
  /// Its path is short: a socket's may have 107 bytes (unix(7)).
  package static func makeFolder() throws -> String {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "baton-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    return path
  }
}
