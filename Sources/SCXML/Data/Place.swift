/// Where something stands: what errors say.
struct Place: Hashable, Sendable, CustomStringConvertible {
  /// The file as it was named.
  let file: String
  /// The line, from 1; 0 for the file as a whole.
  let line: Int

  /// As compilers write it.
  var description: String { line > 0 ? "\(file):\(line)" : file }
}
