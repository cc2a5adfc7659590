public import Foundation

extension Document {
  /// The longest document that is read, in bytes.
  package static let byteCountMax = 4 << 20

  /// Reads a file of at most 4 MiB.
  ///
  /// - Throws: What is wrong, with file and line. An expression that cannot be read is not: it
  ///   becomes `error.execution` when it is evaluated (SCXML 5.9.4).
  public init(contentsOf file: URL) throws(LoadError) {
    try self.init(contentsOf: file, isConformanceTest: false)
  }

  /// Reads a document's bytes, at most 4 MiB.
  ///
  /// - Parameters:
  ///   - data: The document, an XML file as a whole.
  ///   - file: What errors call it.
  ///   - folder: What `file:` names in it are relative to; nil when it may name none.
  /// - Throws: As ``init(contentsOf:)``.
  public init(_ data: Data, file: String, folder: URL? = nil) throws(LoadError) {
    try self.init(data, file: file, folder: folder, isConformanceTest: false)
  }

  /// Reads a file, or one of the W3C's tests: names of their namespace are then rewritten to those
  /// of our data model.
  package init(contentsOf file: URL, isConformanceTest: Bool) throws(LoadError) {
    let data: Data
    do { data = try Data(contentsOf: file) } catch {
      throw LoadError(file: file.path, line: 0, problem: "cannot be read")
    }
    try self.init(
      data, file: file.path, folder: file.deletingLastPathComponent(),
      isConformanceTest: isConformanceTest)
  }

  init(
    _ data: Data, file: String, folder: URL?, isConformanceTest: Bool
  ) throws(LoadError) {
    guard data.count <= Self.byteCountMax else {
      throw LoadError(
        file: file, line: 0, problem: "has \(data.count) bytes, \(Self.byteCountMax) are possible")
    }
    let root = try ElementReader.read(data, file: file)
    try self.init(
      isConformanceTest ? Conformance.rewritten(root) : root, file: file, folder: folder,
      isConformanceTest: isConformanceTest)
  }

  /// A document from its element, such as one inside an `invoke`.
  init(
    _ root: Element, file: String, folder: URL?, isConformanceTest: Bool
  ) throws(LoadError) {
    var loader = DocumentLoader(
      file: file, folder: folder, isConformanceTest: isConformanceTest)
    self = try loader.load(root)
  }
}
