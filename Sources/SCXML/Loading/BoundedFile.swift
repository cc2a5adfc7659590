import BatonCore
package import Foundation

/// Files of others, read up to a limit: a device has no end, and no file is worth all memory.
package enum BoundedFile {
  /// The longest one, in bytes.
  package static let byteCountMax = 4 << 20

  /// All bytes of a file.
  ///
  /// - Parameters:
  ///   - file: Where it is.
  ///   - name: What the error calls it; its path unless said otherwise.
  ///   - limit: The longest that it may be, in bytes.
  /// - Throws: Which call was refused and why, or how long the file may be.
  package static func read(
    _ file: URL, calledAs name: String? = nil, limit: Int = byteCountMax
  ) throws(LoadError) -> Data {
    let name = name ?? file.path
    var call = "open"
    let data: Data
    do {
      let handle = try FileHandle(forReadingFrom: file)
      call = "read"
      // Nothing is nil, and more than is wanted is one byte more.
      data = try handle.read(upToCount: limit + 1) ?? Data()
    } catch {
      throw LoadError(file: name, line: 0, problem: "\(call): \(reason(error))")
    }
    try check(data.count, of: name, limit)
    return data
  }

  /// Whether so many bytes are read.
  ///
  /// - Throws: Both numbers, when there are too many.
  static func check(
    _ count: Int, of name: String, _ limit: Int = byteCountMax
  ) throws(LoadError) {
    guard count <= limit else {
      throw LoadError(
        file: name, line: 0, problem: "has \(count) bytes or more, \(limit) are possible")
    }
  }

  /// What the kernel said, where Foundation tells it.
  package static func reason(_ error: any Error) -> String {
    let all = [error] + [(error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error]
    for case let error? in all {
      if let known = error as? POSIXError { return SystemError.text(known.code.rawValue) }
      let error = error as NSError
      if error.domain == NSPOSIXErrorDomain { return SystemError.text(Int32(clamping: error.code)) }
    }
    return error.localizedDescription
  }
}
