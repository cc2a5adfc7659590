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
  /// - Throws: Which call was refused and why, or how long the file may be.
  package static func read(_ file: URL, calledAs name: String? = nil) throws(LoadError) -> Data {
    let name = name ?? file.path
    var call = "open"
    let data: Data
    do {
      let handle = try FileHandle(forReadingFrom: file)
      call = "read"
      // Nothing is nil, and more than is wanted is one byte more.
      data = try handle.read(upToCount: byteCountMax + 1) ?? Data()
    } catch {
      throw LoadError(file: name, line: 0, problem: "\(call): \(reason(error))")
    }
    try check(data.count, of: name)
    return data
  }

  /// Whether so many bytes are read.
  ///
  /// - Throws: Both numbers, when there are too many.
  static func check(_ count: Int, of name: String) throws(LoadError) {
    guard count <= byteCountMax else {
      throw LoadError(
        file: name, line: 0, problem: "has \(count) bytes or more, \(byteCountMax) are possible")
    }
  }

  /// What the kernel said, where Foundation tells it.
  private static func reason(_ error: any Error) -> String {
    let all = [error] + [(error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error]
    for case let error? in all {
      if let known = error as? POSIXError { return text(known.code.rawValue) }
      let error = error as NSError
      if error.domain == NSPOSIXErrorDomain { return text(Int32(clamping: error.code)) }
    }
    return error.localizedDescription
  }

  private static func text(_ code: Int32) -> String {
    // Safe: strerror answers a string that lives until the next call of this thread.
    unsafe String(cString: strerror(code))
  }
}
