import BatonCore

/// Whom a visitor tells what it says and when it is gone.
protocol VisitorHost: AnyObject {
  /// It says HELLO, and so that it is a source.
  ///
  /// - Throws: When the payload is malformed.
  func visitor(
    _ visitor: Visitor, greets payload: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) throws(ByteCursor.Ended)
  /// It will not be the source; nil when it has just left.
  func visitor(_ visitor: Visitor, isNoSource why: Refusal?)
  /// A source that has looked at this side does not want it, and says why.
  func visitor(_ visitor: Visitor, declines why: Refusal)
}

/// A process that connected to a waiting target and has not said HELLO: perhaps the source, perhaps
/// a probe, or somebody who means no good.
final class Visitor {
  /// Nil once it is the source, or gone.
  private var peer: Peer?
  private let loop: any Loop
  private unowned(unsafe) let holder: any VisitorHost
  private var limit: Timer?

  /// How long it may be silent. A source sends HELLO in the step in which it connects.
  static let limitMillis: UInt64 = 1_000
  private static let limitWatch = 2

  /// Takes over a connected socket; the host owns the visitor and so outlives it.
  init(
    _ loop: any Loop, _ socket: consuming Descriptor, host: any VisitorHost
  ) throws(SystemError) {
    self.loop = loop
    // Safe: the host owns this object.
    unsafe holder = host
    peer = try Peer(loop, socket, owner: self)
  }

  // A timer goes before what it calls.
  deinit { limit = nil }

  // Safe: the host owns this object and so outlives it.
  private var host: any VisitorHost { unsafe holder }

  /// The user that the process runs as; nil once it is gone.
  var userID: UInt32? { peer?.userID }

  /// Has a place from now on, and as long as anybody may be silent.
  func stay() {
    limit = Timer(loop, id: Self.limitWatch, calling: self)
    limit?.arm(after: Self.limitMillis * 1_000_000)
  }

  /// Reads what it has sent already.
  func hear() { peer?.hear() }

  /// From here on both sides have this word.
  func share(_ word: consuming OwnershipWord) { peer?.share(word) }

  /// Gives up its connection, to who welcomes it or closes it.
  func leave() -> Peer? {
    limit = nil
    defer { peer = nil }
    return peer
  }
}

extension Visitor: Watcher {
  /// The loop calls: its time is over, or it died.
  func ready(_ what: Ready, watch: Int) {
    if watch == Self.limitWatch {
      return host.visitor(
        self, isNoSource: Refusal(.timeout, there: .number(Self.limitMillis)))
    }
    // What it said before counts: a source that is dead by now is one that died.
    peer?.hearOut()
    if peer != nil { host.visitor(self, isNoSource: nil) }
  }
}

extension Visitor: ChannelOwner {
  func channel(
    received type: RecordType, _ payload: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) {
    do throws(ByteCursor.Ended) {
      switch type {
      case .hello: try host.visitor(self, greets: payload, descriptors)
      case .cancel: host.visitor(self, declines: try RefusalNotice(payload).refusal)
      case .device, .memory, .offerEnd, .answers, .state, .stateEnd, .doorbell, .running, .bye,
        .failed:
        host.visitor(
          self, isNoSource: Refusal(.unexpectedRecord, here: Self.here, there: .name(type.name)))
      case .stamps: break  // May be skipped.
      }
    } catch {
      host.visitor(self, isNoSource: Refusal(.malformedRecord, there: .name(type.name)))
    }
  }

  private static var here: Refusal.Value { .name(Name(MigrationStatus.setup.qapiName)) }

  func channelDrained() {}

  func channelClosed() { host.visitor(self, isNoSource: nil) }

  func channelBroken(_ refusal: Refusal) { host.visitor(self, isNoSource: refusal) }
}

@available(*, unavailable)
extension Visitor: Sendable {}
