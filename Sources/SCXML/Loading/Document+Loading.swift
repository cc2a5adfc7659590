public import Foundation

extension Document {
  /// The largest file that is read, in bytes.
  public static let byteCountMax = 4 << 20

  /// Reads a file.
  ///
  /// - Parameter isConformanceTest: Whether names of the W3C's conformance namespace are rewritten
  ///   to our data model's.
  /// - Parameter file: Its folder is what `file:` names in it are relative to.
  /// - Throws: What is wrong, with file and line. An expression that cannot be read is not: it
  ///   becomes `error.execution` when it is evaluated (SCXML 5.9.4).
  public init(contentsOf file: URL, isConformanceTest: Bool = false) throws(LoadError) {
    let data: Data
    do { data = try Data(contentsOf: file) } catch {
      throw LoadError(file: file.path, line: 0, problem: "cannot be read")
    }
    try self.init(
      data, file: file.path, folder: file.deletingLastPathComponent(),
      isConformanceTest: isConformanceTest)
  }

  /// Reads a document's bytes.
  ///
  /// - Parameters:
  ///   - data: The document, an XML file as a whole.
  ///   - file: What errors call it.
  ///   - folder: What `file:` names in it are relative to; nil when it may name none.
  ///   - isConformanceTest: See ``init(contentsOf:isConformanceTest:)``.
  public init(
    _ data: Data, file: String, folder: URL? = nil, isConformanceTest: Bool = false
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
