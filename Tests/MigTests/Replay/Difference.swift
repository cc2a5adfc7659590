/// Where the charts do not pass through what QEMU passes through: the rows of ARCHITECTURE.md.
struct Difference: Sendable {
  enum Side: String, Sendable { case source, target }

  let scenarios: [String]
  let side: Side
  let qemu: String
  let ours: String
  let reason: String

  /// The row as it stands in docs/ARCHITECTURE.md.
  var row: String {
    let names = scenarios.joined(separator: ", ")
    return "| \(names) | \(side) | \(qemu) | \(ours == "" ? "–" : ours) | \(reason) |"
  }

  static let all = [
    Difference(
      scenarios: [
        "bt-source-lacks-param", "bt-source-lacks-param-return-path",
        "wrong-no-nic-on-target-return-path",
      ], side: .source, qemu: "setup active STOP device failed RESUME", ours: "setup failed",
      reason: "found in the greeting or the offer, while the guest runs"),
    Difference(
      scenarios: [
        "bt-target-lacks-param-other-tap", "wrong-nic-features", "wrong-no-nic-on-target",
      ], side: .source, qemu: "setup active STOP device completed", ours: "setup failed",
      reason: "QEMU loses the guest; here the target refuses before the switch"),
    Difference(
      scenarios: ["wrong-machine", "wrong-ram-size", "wrong-ram-size-return-path"],
      side: .source, qemu: "setup active failed", ours: "setup failed",
      reason: "the offer is compared before anything is copied"),
    Difference(
      scenarios: [
        "bt-source-lacks-param", "bt-source-lacks-param-return-path",
        "bt-target-lacks-param-other-tap", "wrong-machine", "wrong-nic-features",
        "wrong-no-nic-on-target", "wrong-no-nic-on-target-return-path", "wrong-ram-size",
        "wrong-ram-size-return-path",
      ], side: .target, qemu: "setup active failed", ours: "setup failed",
      reason: "as above, seen from the target"),
    Difference(
      scenarios: ["pause-before-switchover-target-killed"], side: .source,
      qemu: "setup active STOP pre-switchover device failed RESUME",
      ours: "setup active STOP pre-switchover RESUME failed",
      reason: "the pidfd tells of the death at once, and failed is told when the guest runs again"),
    Difference(
      scenarios: ["listener-never-reads"], side: .source,
      qemu: "setup active cancelling cancelled", ours: "setup cancelling cancelled",
      reason: "active begins when the target has accepted the offer"),
    Difference(
      scenarios: ["cancel-in-setup-tcp-blackhole"], side: .source,
      qemu: "setup cancelling cancelled", ours: "",
      reason: "a channel that carries no descriptors is refused before anything starts"),
    Difference(
      scenarios: ["bt-to-file"], side: .source, qemu: "setup active STOP device", ours: "",
      reason: "as above; QEMU aborts when the guest is continued"),
  ]
}
