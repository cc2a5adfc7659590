import Testing

extension ProcessTests {
  /// A process with a hundred ports, each with a front-end that is not ours
  /// (`Scripts/many-ports.py`).
  @Suite(.timeLimit(.minutes(10))) struct ManyPortsTests {
    @Test func `a hundred ports and their guests are taken over, and no frame is lost`() throws {
      let outcome = try Program.execute([
        Qemu.path(of: "isolated.sh"), "120", "TERM", "python3", "-B",
        Qemu.path(of: "many-ports.py"), Program.path, "--ports", "100", "--takeovers", "2",
        "--rest", "1",
      ])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("6 frames to each guest, 0 lost, 0 twice, all in order"))
      // Nothing happens, and the process has nothing to do: a tick of the kernel's count at most.
      let rest = try #require(outcome.output.firstMatch(of: /, ([0-9.]+) s of processor in 1 s/))
      #expect(try #require(Double(rest.1)) <= 0.02, "\(outcome.output)")
    }
  }
}
