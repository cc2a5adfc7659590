import BatonCore

extension IncomingMigration {
  /// The loop says that somebody has connected.
  func accept() {
    do {
      guard let socket = try listener?.accept() else { return }
      // A second source finds the channel closed; the first one keeps its own.
      if side.peer == nil { meet(socket) }
    } catch {
      if error.isWouldBlock { return }
      // A silent visitor has what somebody else needs.
      if let oldest = lobby.oldest { return dismiss(oldest, Self.displaced) }
      // Asked again, it would be refused again, for ever.
      listenerWatch = nil
      send(.unavailable(Refusal(error)))
    }
  }

  private func meet(_ socket: consuming Descriptor) {
    do {
      let visitor = try Visitor(loop, socket, host: self)
      newcomer = visitor
      send(.connected(userID: visitor.userID ?? 0))
      newcomer = nil
      // What a source has said already is read before anybody can take its place.
      visitor.hear()
    } catch {
      // Its socket is closed, and the next one may come.
      side.watcher.migration(warning: Refusal(error))
    }
  }

  func admit() {
    guard let newcomer else { return }
    if lobby.isFull, let oldest = lobby.oldest { dismiss(oldest, Self.displaced) }
    lobby.add(newcomer)
  }

  func turnAway(_ refusal: Refusal) {
    if let newcomer { dismiss(newcomer, refusal) }
  }

  /// Tells a visitor why it is not the source, and closes its connection.
  private func dismiss(_ visitor: Visitor, _ why: Refusal?) {
    lobby.remove(visitor)
    guard let peer = visitor.leave() else { return }
    if let why {
      side.writer.reset()
      RefusalNotice(why).write(into: &side.writer)
      peer.queue(.failed, side.writer)
      peer.flush()
    }
    peer.close()
  }

  /// It was silent, and others came: no answer within no time at all.
  private static var displaced: Refusal { Refusal(.timeout, there: .number(0)) }
}

extension IncomingMigration: VisitorHost {
  func visitor(
    _ visitor: Visitor, greets payload: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) throws(ByteCursor.Ended) {
    let greeting = try Greeting(payload)
    var own = descriptors
    if greeting.isUnderstood {
      guard let descriptor = own.takeFirst() else {
        return dismiss(visitor, Refusal(.descriptorCount, here: .number(0), there: .number(1)))
      }
      do {
        visitor.share(try OwnershipWord(adopting: descriptor, handover: greeting.handover))
      } catch {
        return dismiss(visitor, error)
      }
    }
    _ = try side.greeting(payload)
    lobby.remove(visitor)
    side.peer = visitor.leave()
    side.peer?.belong(to: self)
    // There is one source at a time.
    lobby.close()
    send(.greeted(greeting))
  }

  func visitor(_ visitor: Visitor, isNoSource why: Refusal?) { dismiss(visitor, why) }

  func visitor(_ visitor: Visitor, declines why: Refusal) {
    side.watcher.migration(warning: why)
    dismiss(visitor, nil)
  }
}
