import Testing

/// DPDK's testpmd, fetched from Debian's packages and started without being installed.
enum Dpdk {
  /// Why it cannot be had here; nil when it can.
  static let refusal: String? = {
    do {
      let outcome = try Qemu.script("dpdk.sh", ["fetch"])
      return outcome.status == 0 ? nil : outcome.errors.split(separator: "\n").last.map { "\($0)" }
    } catch {
      return "\(error)"
    }
  }()
}

extension ProcessTests {
  /// Another front-end than QEMU: it polls its rings, never asks where they stand, and leaves
  /// without stopping them.
  @Suite(
    .serialized, .timeLimit(.minutes(15)),
    .enabled(
      if: Dpdk.refusal == nil, "DPDK's packages cannot be had: Scripts/dpdk.sh fetch says why"))
  struct DpdkTests {
    @Test(arguments: [(1, "mrg_rxbuf=1", 2), (2, "mrg_rxbuf=0", 1), (2, "mrg_rxbuf=1", 1)])
    func `every frame of testpmd's passes once while the backend is replaced`(
      queues: Int, device: String, takeovers: Int
    ) throws {
      let outcome = try Qemu.script(
        "dpdk.sh",
        [
          "check", Program.path, "--queues", "\(queues)", "--device", device,
          "--takeovers", "\(takeovers)",
        ])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("nothing lost, nothing twice"), "\(outcome.output)")
    }
  }
}
