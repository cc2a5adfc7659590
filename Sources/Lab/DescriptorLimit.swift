import BatonCLinux

/// How many descriptors this process may have.
package enum DescriptorLimit: Sendable {
  /// Raises the soft limit to the hard one: a queue is a descriptor, and a device may have 256.
  package static func raise() { _ = clinux_raise_descriptor_limit() }
}
