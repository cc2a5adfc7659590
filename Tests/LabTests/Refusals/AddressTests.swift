import BatonCore
import BatonHost
import BatonLab
import Testing

extension ProcessTests {
  /// Where a migration can neither go nor come from.
  @Suite(.timeLimit(.minutes(15))) struct AddressTests {
    /// What carries no descriptors, and what is no address at all.
    static let impossible: [(uri: String, words: [String])] = [
      ("tcp:127.0.0.1:4444", ["UNIX", "'tcp'"]), ("file:/tmp/guest", ["UNIX", "'file'"]),
      ("exec:cat", ["UNIX", "'exec'"]), ("nonsense", ["unknown migration protocol: nonsense"]),
      ("", ["unknown migration protocol: "]), ("unix:", ["unix:PATH", "'unix:'"]),
      ("unix:/" + String(repeating: "x", count: 120), ["unix:PATH", "'unix:/xxx"]),
    ]

    @Test func `nothing starts at an address that is no UNIX socket`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        for (uri, words) in Self.impossible {
          for (host, command) in [(source, "migrate"), (target, "migrate-incoming")] {
            let said = stage.refusal(host, command, uri)
            #expect(words.allSatisfy { said.contains($0) }, "\(command) \(uri): \(said)")
            #expect(host.control.statuses == [], "\(command) \(uri)")
          }
        }
        try stage.expectRunner(source, not: target)
        try stage.move(source, target)
      }
    }

    @Test func `a command without an address is refused`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        #expect(stage.refusal(source, "migrate").contains("'uri'"))
        try stage.expectRunner(source)
      }
    }

    @Test func `nobody listens`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try source.control.call("migrate", ["uri": stage.newAddress()])
        try stage.expectRefusal(source, ["nobody listens", "ENOENT"])

        try stage.move(source, target)
      }
    }

    @Test func `only a killed listener's file is there`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        let address = stage.newAddress()
        try target.control.call("migrate-incoming", ["uri": address])
        try stage.kill(target)
        try source.control.call("migrate", ["uri": address])
        try stage.expectRefusal(source, ["nobody listens", "ECONNREFUSED"])

        let second = try stage.startTarget("C")
        try second.control.call("migrate-incoming", ["uri": address])
        try source.control.call("migrate", ["uri": address])
        try stage.expectEnd("completed", of: source)
        try stage.expectRunner(second, not: source)
      }
    }

    @Test func `a path where somebody listens is not taken from him`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let first = try stage.startTarget("B")
        let second = try stage.startTarget("C")
        let address = stage.newAddress()
        try first.control.call("migrate-incoming", ["uri": address])
        let said = stage.refusal(second, "migrate-incoming", address)
        #expect(said.contains("EADDRINUSE"), "\(said)")
        #expect(second.control.statuses == [])

        try source.control.call("migrate", ["uri": address])
        try stage.expectEnd("completed", of: source)
        try stage.expectRunner(first, not: source)
        #expect(try stage.runState(second) == "inmigrate")
      }
    }
  }
}
