import BatonLab
import Testing

extension ProcessTests {
  /// Numbers on the control socket: none of them ends a host.
  @Suite(.timeLimit(.minutes(15))) struct NumberTests {
    @Test func `a number that cannot be is an error with both bounds`() async throws {
      let numbers: [(name: String, value: Any, bounds: String)] = [
        ("peer-uid", 4_294_967_296, "0 and 4294967294"),
        ("peer-uid", 4_294_967_295, "0 and 4294967294"), ("peer-uid", -1, "0 and 4294967294"),
        ("peer-uid", 1e300, "expects uint64"), ("patience-ms", 0, "1 and 3600000"),
        ("patience-ms", Int.max, "1 and 3600000"), ("patience-ms", "soon", "expects uint64"),
        ("switch-ms", 0, "1 and 3600000"), ("switch-ms", 3_600_001, "1 and 3600000"),
      ]
      try await Stage.run { stage in
        let host = try stage.startSource()
        for (name, value, bounds) in numbers {
          #expect {
            try host.control.call("migrate-set-parameters", [name: value])
          } throws: { error in
            "\(error)".contains(name) && "\(error)".contains(bounds)
          }
        }
        try stage.expectFlow()
      }
    }
  }
}
