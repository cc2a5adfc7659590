import Testing

@testable import BatonMig

/// Which record may come in which state.
@Suite(.timeLimit(.minutes(15))) struct RecordOrderTests {
  @Test func `the target expects of the source what its state waits for`() {
    let expected: [RecordType: [IncomingChart.State]] = [
      .hello: [.listening], .device: [.offering], .memory: [.offering], .offerEnd: [.offering],
      .state: [.receiving], .stateEnd: [.receiving], .doorbell: [.ready, .taken, .completed],
      .bye: [.completed], .cancel: IncomingChart.State.allCases,
      .answers: [], .running: [], .failed: [], .stamps: [.receiving],
    ]
    for type in RecordType.allCases {
      let states = IncomingChart.State.allCases.filter { $0.expects(type) }
      #expect(states == expected[type], "\(type.name)")
    }
  }

  @Test func `the source expects of the target what its state waits for`() {
    let expected: [RecordType: [OutgoingChart.State]] = [
      .hello: [.greeting], .answers: [.offering], .running: [.offered, .killing],
      .failed: OutgoingChart.State.allCases, .device: [], .memory: [], .offerEnd: [],
      .state: [], .stateEnd: [], .doorbell: [], .bye: [], .cancel: [],
      .stamps: [],
    ]
    for type in RecordType.allCases {
      let states = OutgoingChart.State.allCases.filter { $0.expects(type) }
      #expect(states == expected[type], "\(type.name)")
    }
  }
}
