public import Foundation

extension Document {
  /// Reads a file of at most 4 MiB.
  ///
  /// - Throws: What is wrong, with file and line. An expression that cannot be read is not: it
  ///   becomes `error.execution` when it is evaluated (SCXML 5.9.4).
  public init(contentsOf file: URL) throws(LoadError) {
    try self.init(contentsOf: file, conformance: nil)
  }

  /// Reads a document's bytes, at most 4 MiB.
  ///
  /// - Parameters:
  ///   - data: The document, an XML file as a whole.
  ///   - file: What errors call it.
  ///   - folder: What `file:` names in it are relative to; nil when it may name none.
  /// - Throws: As ``init(contentsOf:)``.
  public init(_ data: Data, file: String, folder: URL? = nil) throws(LoadError) {
    try self.init(data, file: file, folder: folder, conformance: nil)
  }

  /// Reads a file, or one of the W3C's tests: names of their namespace are then rewritten to those
  /// of a data model.
  init(contentsOf file: URL, conformance: Conformance?) throws(LoadError) {
    try self.init(
      try BoundedFile.read(file), file: file.path, folder: file.deletingLastPathComponent(),
      conformance: conformance)
  }

  init(
    _ data: Data, file: String, folder: URL?, conformance: Conformance?
  ) throws(LoadError) {
    try BoundedFile.check(data.count, of: file)
    let root = try ElementReader.read(data, file: file)
    try self.init(
      conformance?.rewritten(root) ?? root, file: file, folder: folder,
      conformance: conformance)
  }

  /// A document from its element, such as one inside an `invoke`.
  init(
    _ root: Element, file: String, folder: URL?, conformance: Conformance? = nil
  ) throws(LoadError) {
    var loader = DocumentLoader(
      file: file, folder: folder, conformance: conformance)
    self = try loader.load(root)
  }

  // MARK: Files beside a document

  /// A file beside a document; one of the W3C's tests ends in `.txml` until it is rewritten.
  static func file(_ path: String, in folder: URL?) throws(ExpressionError) -> URL {
    guard let folder else { throw ExpressionError("\(path): the document has no folder") }
    let name = path.hasPrefix("file:") ? String(path.dropFirst(5)) : path
    guard !name.contains("..") && !name.hasPrefix("/") && !name.contains("://") else {
      throw ExpressionError("\(path) is not beside the document")
    }
    let file = folder.appending(path: name)
    let unwritten = file.deletingPathExtension().appendingPathExtension("txml")
    let isThere = FileManager.default.fileExists(atPath:)
    return !isThere(file.path) && isThere(unwritten.path) ? unwritten : file
  }

  /// What stands in such a file; nil when it cannot be read, is too long or no UTF-8.
  static func text(of file: URL) -> String? {
    guard let data = try? BoundedFile.read(file) else { return nil }
    return String(validating: data, as: UTF8.self)
  }
}
