import Foundation

/// What /proc says of a process.
package enum ProcessFiles: Sendable {
  /// How many descriptors a process has open; nil when it has ended.
  package static func descriptorCount(_ pid: Int32) -> Int? {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd"))?.count
  }

  /// How much memory of a process is resident (VmRSS), in KiB; nil when it has ended.
  package static func residentKibibytes(_ pid: Int32) -> Int? {
    let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
    let line = text?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line?.split(separator: " ").compactMap { Int($0) }.first
  }
}
