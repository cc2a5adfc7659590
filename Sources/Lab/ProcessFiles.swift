import Foundation

/// What /proc says of a process.
package enum ProcessFiles: Sendable {
  /// How many descriptors a process has open; nil when it has ended.
  package static func descriptorCount(_ pid: Int32) -> Int? {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd"))?.count
  }
}
