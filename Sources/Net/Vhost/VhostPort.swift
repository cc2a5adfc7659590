package import BatonCore

/// The device whose rings vhost-net serves.
package protocol VhostPort: AnyObject {
  /// The guest's side, with the rings; nil while there is none.
  var guest: VirtioNet? { get }

  /// The TAP's queue for a pair, lent for a call.
  func queue(ofPair pair: Int) -> CInt

  /// The kernel has completed chains of a queue, and the guest wants to hear of it.
  func completed(queue: Int)

  /// The kernel says that the guest has broken a ring.
  func broken()

  /// The rings are served in this process, and why.
  func warned(_ refusal: Refusal)
}
