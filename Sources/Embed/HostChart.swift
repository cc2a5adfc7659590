// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
import CBaton

/// A chart of a host's: what its tables say, run by Core as any other. Its symbols are the numbers
/// of the rows, one less; its guards and actions are the host's functions.
enum HostChart: Chart {
  typealias State = HostSymbol
  typealias Event = HostEvent
  typealias Guard = HostSymbol
  typealias Action = HostSymbol
  typealias Delay = HostSymbol
  typealias Memory = HostMemory

  static var name: StaticString { "host" }

  /// Never read: tables are made of plans.
  static var definition: Definition<HostChart> { chart(initial: HostSymbol(rawValue: 0)) {} }

  @inline(__always)
  static func check(_ guard: HostSymbol, _ memory: HostMemory, _ event: HostEvent?) -> Bool {
    memory.holds(`guard`.index, event)
  }

  @inline(__always)
  static func run(
    _ action: HostSymbol, _ memory: inout HostMemory, _ event: HostEvent?,
    _ outbox: inout Outbox<HostChart>
  ) {
    memory.run(action.index, event, &outbox)
  }

  static func nanoseconds(_ delay: HostSymbol, _ memory: HostMemory) -> UInt64 {
    memory.nanoseconds(delay.index)
  }
}

/// A row of a table, counted from zero.
struct HostSymbol: Symbol {
  /// BATON_CONDITION(0): from here on the number of a guard is that of a row of conditions.
  static let firstCondition = 0x4000_0000
  let rawValue: UInt8

  static let allCases = (0..<UInt8(ChartLimits.states)).map { HostSymbol(rawValue: $0) }
}

/// An event of a host's, with its bytes.
@safe struct HostEvent: Message {
  /// BATON_ANY and BATON_DONE, which stand in the place of an event's number.
  static let anyNumber = 0x7FFF_FFFF
  static let doneNumber = 0x7FFF_FFFE

  let raw: baton_event

  @inline(__always)
  init(_ raw: baton_event) { self.raw = raw }

  @inline(__always)
  var kind: HostSymbol { HostSymbol(rawValue: UInt8(truncatingIfNeeded: raw.number &- 1)) }
}

extension HostEvent: Hashable {
  private var words: [UInt64] {
    // Safe: an array of numbers of C is its bytes.
    unsafe withUnsafeBytes(of: raw) { unsafe Array($0.bindMemory(to: UInt64.self)) }
  }

  static func == (left: HostEvent, right: HostEvent) -> Bool { left.words == right.words }

  func hash(into hasher: inout Hasher) { hasher.combine(words) }
}

/// The extended state of a host's machine: where the host's functions and their context are. What
/// the context holds is the host's own.
struct HostMemory: Hashable {
  /// What a machine's guards, actions and delays are called with; it lives as long as the machine.
  @unsafe struct Seat {
    let guards: UnsafePointer<baton_guard_fn?>
    let actions: UnsafePointer<baton_action_fn?>
    let delays: UnsafePointer<baton_delay>
    let context: UnsafeMutableRawPointer?
    /// The machine's handle.
    var machine: OpaquePointer?
    /// Where an action that runs puts what it wants; nil while none runs.
    var outbox: UnsafeMutablePointer<Outbox<HostChart>>?
  }

  /// An address is a number that may be sent; what is there is used by the loop's thread alone.
  private let address: UInt

  init(_ seat: UnsafeMutablePointer<Seat>) { address = UInt(bitPattern: seat) }

  @inline(__always)
  private var seat: UnsafeMutablePointer<Seat>? {
    // Safe: the address of a seat, which its machine outlives.
    unsafe UnsafeMutablePointer(bitPattern: address)
  }

  @inline(__always)
  fileprivate func holds(_ number: Int, _ event: HostEvent?) -> Bool {
    // Safe: the number is one of the chart's guards, each of which has a function.
    guard let seat = unsafe seat, let holds = unsafe seat.pointee.guards[number] else {
      return false
    }
    guard event != nil else { return unsafe holds(nil, seat.pointee.context) != 0 }
    // Safe: the event is lent for the call.
    return unsafe withUnsafePointer(to: event) {
      unsafe holds(Self.raw($0), seat.pointee.context)
    } != 0
  }

  @inline(__always)
  fileprivate func run(
    _ number: Int, _ event: HostEvent?, _ outbox: inout Outbox<HostChart>
  ) {
    // Safe: the number is one of the chart's actions, each of which has a function.
    guard let seat = unsafe seat, let run = unsafe seat.pointee.actions[number] else { return }
    // Safe: the outbox is lent for the call, in which no other action of the machine runs.
    unsafe withUnsafeMutablePointer(to: &outbox) { lent in
      unsafe seat.pointee.outbox = lent
      guard event != nil else {
        return unsafe run(seat.pointee.machine, nil, seat.pointee.context)
      }
      // Safe: the event is lent for the call.
      unsafe withUnsafePointer(to: event) {
        unsafe run(seat.pointee.machine, Self.raw($0), seat.pointee.context)
      }
    }
    // Safe: as above.
    unsafe seat.pointee.outbox = nil
  }

  /// The event of an optional that is one, where it is: two copies of 64 bytes less.
  @inline(__always)
  private static func raw(_ event: UnsafePointer<HostEvent?>) -> UnsafePointer<baton_event> {
    // Safe: an optional begins with its value, and a struct with its one member.
    unsafe UnsafeRawPointer(event).assumingMemoryBound(to: baton_event.self)
  }

  fileprivate func nanoseconds(_ number: Int) -> UInt64 {
    // Safe: the number is one of the chart's delays.
    guard let seat = unsafe seat else { return 0 }
    let delay = unsafe seat.pointee.delays[number]
    let asked = unsafe delay.measure.map { unsafe $0(seat.pointee.context) }
    // What is added to the time of now must not come before it.
    return unsafe min(asked ?? delay.nanoseconds, UInt64(Int64.max))
  }
}
