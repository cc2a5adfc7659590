import BatonCore
import BatonNet

/// A session on its way to another process, and in it.
extension Session {
  /// What is to be known of it there; while it is held this does not change.
  var image: SessionImage {
    SessionImage(
      state: state.rawValue, usesProtocolFeatures: usesProtocolFeatures,
      protocolFeatures: protocolFeatures.rawValue, features: device.acceptedFeatures.rawValue,
      regions: table.regions,
      log: mapping.map { ($0.byteCount, $0.offset) }, rings: rings.map(\.image),
      inbox: connection?.unread ?? [], claimedCount: connection?.claimedCount ?? 0,
      outbox: connection?.unsent ?? [])
  }

  /// The descriptors of all that, in the order of the image; they stay open here.
  func lend() -> [CInt] {
    var numbers: [CInt] = connection.map { [$0.number] } ?? []
    numbers += table.lend()
    if let mapping { numbers.append(mapping.number) }
    for ring in rings { numbers += ring.lend() }
    return numbers + (connection?.lendClaimed() ?? [])
  }

  /// Where each ring goes on.
  var positions: [UInt16] {
    rings.map { device.isQueueReady($0.index) ? device.position(of: $0.index) : $0.base }
  }

  /// Nothing is read from the front-end from now on.
  func hold() { connection?.hold() }

  /// Kicks stay in their descriptors, for whoever serves the rings next.
  func quiesce() { for ring in rings { ring.hold() } }

  /// All that was held goes on, or begins.
  func resume() {
    for ring in rings { ring.resume() }
    connection?.resume()
  }

  /// Makes of a session that has just begun the one of this image: memory is mapped, but no ring is
  /// placed before ``startRings(as:at:)``, and nothing is read or served before ``resume()``.
  ///
  /// - Throws: What of the image cannot be, as when a front-end had said it.
  func become(
    _ image: SessionImage, _ table: MemoryTable, _ mapping: LogMapping?,
    _ descriptors: consuming Descriptors
  ) throws(VhostFault) {
    usesProtocolFeatures = image.usesProtocolFeatures
    protocolFeatures = ProtocolFeatures(rawValue: image.protocolFeatures)
    if !image.regions.isEmpty { try take(table) }
    if let mapping { try take(mapping) }
    let isServing = image.state != SessionChart.State.negotiating.rawValue
    if isServing {
      guard device.canAgree(on: VirtioFeatures(rawValue: image.features)) else {
        throw .features(offered: offered, found: image.features)
      }
      let isLogged = image.state == SessionChart.State.logging.rawValue
      send(.features(image.features, isLogged: isLogged))
    }
    for (position, ring) in rings.enumerated() {
      let count = image.rings[position].descriptorCount
      ring.become(image.rings[position], descriptors.removeFirst(count))
    }
    connection?.carry(image.inbox, image.outbox, descriptors)
  }

  /// Places each ring that runs where it goes on.
  ///
  /// - Throws: The first ring that is nowhere, as when a front-end had placed it there.
  func startRings(as image: SessionImage, at bases: [UInt16]) throws(VhostFault) {
    for (position, ring) in rings.enumerated() {
      ring.base = bases[position]
      ring.start(as: image.rings[position])
      if let fault = memory.fault { throw fault }
    }
  }
}

extension Ring {
  var image: SessionImage.RingImage {
    SessionImage.RingImage(
      state: state.rawValue, isEnabled: memory.isEnabled, hasKick: hasKick, hasCall: hasCall,
      hasError: hasError, size: size, address: address)
  }

  /// Takes what it was in another process, and does not start yet.
  func become(_ image: SessionImage.RingImage, _ descriptors: consuming Descriptors) {
    size = image.size
    address = image.address
    send(image.isEnabled ? .enable : .disable)
    if image.hasKick, let kick = descriptors.takeFirst() { keepKick(kick) }
    if image.hasCall { takeCall(descriptors.takeFirst()) }
    if image.hasError { takeError(descriptors.takeFirst()) }
  }

  /// Starts as it was in another process, from its base on.
  func start(as image: SessionImage.RingImage) {
    if image.state != RingChart.State.stopped.rawValue { send(.kick) }
    if image.state == RingChart.State.broken.rawValue { send(.fault) }
  }
}
