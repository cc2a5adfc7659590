import BatonCore
import Testing

@testable import BatonNet

/// A guard with what makes it true and what makes it false.
private struct Row: CustomTestStringConvertible, Sendable {
  typealias Situation = @Sendable (inout TapChart.Memory) -> TapChart.Event?

  var condition: TapChart.Guard
  var holds: Situation
  var fails: Situation
  var testDescription: String { condition.name }

  init(_ condition: TapChart.Guard, holds: @escaping Situation, fails: @escaping Situation) {
    self.condition = condition
    self.holds = holds
    self.fails = fails
  }

  /// The guard in a situation that starts from a TAP `a0` that nobody has asked for.
  func value(_ situation: Situation) -> Bool {
    var memory = TapChart.Memory(options: TapOptions(name: .of("a0")))
    let event = situation(&memory)
    return TapChart.check(condition, memory, event)
  }
}

@Suite(.timeLimit(.minutes(15))) struct TapGuardTests {
  private static let properties = TapProperties(
    name: .of("a0"), index: 1, flags: [.tap, .vnetHeader], queues: 1, settings: [.headerSize: 20])

  private static let aboutOptions: [Row] = [
    Row(
      .isPossible, holds: { _ in nil },
      fails: {
        $0.options.mtu = 67
        return nil
      }),
    Row(
      .canHaveHeader, holds: { _ in nil },
      fails: {
        $0.options.vnetHeader = .required
        return nil
      }),
    Row(
      .canHaveQueues,
      holds: {
        $0.options.queues = 2
        $0.features = 0x100
        return nil
      },
      fails: {
        $0.options.queues = 2
        return nil
      }),
    Row(
      .wantsQueues,
      holds: {
        $0.options.queues = 2
        return nil
      }, fails: { _ in nil }),
    Row(
      .wantsHeader, holds: { _ in nil },
      fails: {
        $0.options.vnetHeader = .off
        return nil
      }),
    Row(
      .isWished,
      holds: {
        $0.setting = .sendBuffer
        return nil
      },
      fails: {
        $0.setting = .offload
        return nil
      }),
    Row(
      .isAsked,
      holds: {
        $0.options.sendBuffer = 0
        $0.setting = .sendBuffer
        return nil
      },
      fails: {
        $0.setting = .sendBuffer
        return nil
      }),
  ]

  private static let aboutEvents: [Row] = [
    Row(
      .startsRunning, holds: { _ in .start(.running, transfersBackends: true) },
      fails: { _ in .start(.prepared, transfersBackends: true) }),
    Row(
      .startsEarly, holds: { _ in .start(.incoming, transfersBackends: true) },
      fails: { _ in .start(.running, transfersBackends: true) }),
    Row(
      .transfers, holds: { _ in .start(.prepared, transfersBackends: true) },
      fails: { _ in .start(.prepared, transfersBackends: false) }),
    Row(
      .transfers, holds: { _ in .preIncoming(transfersBackends: true) },
      fails: { _ in .preIncoming(transfersBackends: false) }),
    Row(.isInUse, holds: { _ in .counted(1) }, fails: { _ in .counted(0) }),
    Row(
      .hasDescriptors,
      holds: { _ in .offered(TapOffer(properties: properties, descriptorCount: 1)) },
      fails: { _ in .offered(TapOffer(properties: properties, descriptorCount: 0)) }),
    Row(
      .isGone,
      holds: { _ in .refused(Refusal(.systemCall, code: Errno.badDescriptorState)) },
      fails: { _ in .refused(Refusal(.systemCall, code: Errno.busy)) }),
    Row(
      .isGone, holds: { _ in .refused(Refusal(.systemCall, code: Errno.noLink)) },
      fails: { _ in .refused(Refusal(.systemCall, code: Errno.noEntry)) }),
    Row(
      .isGone, holds: { _ in .lost(Refusal(.systemCall, code: Errno.badDescriptorState)) },
      fails: { _ in .succeeded }),
  ]

  /// A guard that is a flag of the memory.
  private static func flag(
    _ condition: TapChart.Guard, _ path: WritableKeyPath<TapChart.Memory, Bool> & Sendable
  ) -> Row {
    Row(
      condition,
      holds: {
        $0[keyPath: path] = true
        return nil
      }, fails: { _ in nil })
  }

  private static let aboutMemory: [Row] = [
    Row(
      .isFirstQueue, holds: { _ in nil },
      fails: {
        $0.opened = 1
        return nil
      }),
    Row(
      .needsMoreQueues, holds: { _ in nil },
      fails: {
        $0.opened = 1
        return nil
      }),
    flag(.wasWaiting, \.wasWaiting), flag(.isIncoming, \.isIncoming),
    flag(.isAdopted, \.isAdopted), flag(.isOffered, \.isOffered), flag(.isHeld, \.isHeld),
    flag(.isRecorded, \.isRecorded),
    Row(
      .isDifferent,
      holds: {
        $0.saved = properties
        return nil
      },
      fails: {
        $0.saved = $0.properties
        return nil
      }),
    Row(
      .wantsUSO,
      holds: {
        $0.wish = .uso4
        return nil
      },
      fails: {
        $0.wish = .ufo
        return nil
      }),
    Row(
      .wantsUFO,
      holds: {
        $0.wish = .ufo
        return nil
      },
      fails: {
        $0.wish = .uso4
        return nil
      }),
  ]

  private static let program = TapProgram(bytes: Array("/p".utf8))

  private static let aboutPrograms: [Row] = [
    Row(
      .isGiven,
      holds: {
        $0.options.fds = [7]
        return nil
      }, fails: { _ in nil }),
    Row(
      .hasHelper,
      holds: {
        $0.options.helper = program
        return nil
      }, fails: { _ in nil }),
    Row(
      .wasGiven,
      holds: {
        $0.options.helper = program
        return nil
      }, fails: { _ in nil }),
    Row(
      .hasScript,
      holds: {
        $0.options.script = program
        return nil
      },
      fails: {
        $0.options.downScript = program
        return nil
      }),
    Row(
      .isMisfit, holds: { _ in .refused(Refusal(.systemCall, code: Errno.invalid)) },
      fails: { _ in .refused(Refusal(.systemCall, code: Errno.busy)) }),
    Row(.isAsAsked, holds: { _ in .link([.tap]) }, fails: { _ in .link([.tap, .multiQueue]) }),
  ]

  private static let aboutTheDuty: [Row] = [
    Row(
      .owes,
      holds: {
        $0.owesDown = true
        return nil
      },
      fails: {
        $0.owesDown = true
        $0.isGivenAway = true
        return nil
      }),
    Row(
      .retreatsOwing,
      holds: {
        $0.owesDown = true
        $0.isIncoming = true
        return nil
      },
      fails: {
        $0.owesDown = true
        return nil
      }),
    Row(.isClosing, holds: { ending(.closing, &$0) }, fails: { ending(.undoing, &$0) }),
    Row(.isReleasing, holds: { ending(.releasing, &$0) }, fails: { ending(.closing, &$0) }),
    Row(.isUndoing, holds: { ending(.undoing, &$0) }, fails: { ending(.retreating, &$0) }),
  ]

  @Sendable private static func ending(
    _ ending: TapChart.Memory.Ending, _ memory: inout TapChart.Memory
  ) -> TapChart.Event? {
    memory.ending = ending
    return nil
  }

  private static let rows =
    aboutOptions + aboutEvents + aboutMemory + aboutPrograms + aboutTheDuty

  @Test(arguments: rows) fileprivate func `holds where it must and nowhere else`(row: Row) {
    #expect(row.value(row.holds))
    #expect(!row.value(row.fails))
  }

  @Test func `has a row for every guard`() {
    #expect(Set(Self.rows.map(\.condition)) == Set(TapChart.Guard.allCases))
  }
}
