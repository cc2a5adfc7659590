import BatonCore
import Foundation

/// A network namespace of our own, so that nothing of a laboratory touches the machine's network.
package enum NetworkNamespace: Sendable {
  /// Moves the calling thread into a new network namespace, with the loopback up.
  ///
  /// As root this is one call. Without the privilege the process first becomes root of a new user
  /// namespace, which the kernel allows only while it has one thread.
  package static func enter(in kernel: LabKernel = LabKernel()) throws(LabError) {
    do throws(LabError) {
      try kernel.unshareNetwork()
    } catch {
      let (user, group) = (kernel.userID, kernel.groupID)
      try kernel.unshareUser()
      try becomeRoot(user, group)
    }
    try Interface(name: "lo").setUp(true, in: kernel)
  }

  private static func becomeRoot(_ user: UInt32, _ group: UInt32) throws(LabError) {
    do {
      try Data("deny".utf8).write(to: URL(filePath: "/proc/self/setgroups"))
      try Data("0 \(user) 1".utf8).write(to: URL(filePath: "/proc/self/uid_map"))
      try Data("0 \(group) 1".utf8).write(to: URL(filePath: "/proc/self/gid_map"))
    } catch {
      throw .mapsRefused
    }
  }
}
