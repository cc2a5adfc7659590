import BatonCore

/// Calls in the namespace of the interface. They end in this one, where everything else belongs.
extension Tap {
  /// Makes calls that find an interface by its name, or start a program, where the interface is.
  ///
  /// Only this thread goes there, and nothing else runs on it until it is back. It does not go at
  /// all when it could not come back, which the kernel is asked first.
  func there<Answer: ~Copyable>(
    _ body: () throws(SystemError) -> Answer
  ) throws(SystemError) -> Answer {
    try comeHome()
    guard let number = network?.number else { return try body() }
    let entered = try kernel.enterNetwork(number)
    home = Descriptor(owning: entered, in: kernel)
    do throws(SystemError) {
      let answer = try body()
      try comeHome()
      return answer
    } catch {
      try comeHome()
      throw error
    }
  }

  /// Comes back from where a call has left this thread. It is tried again before the next one when
  /// that is refused.
  func comeHome() throws(SystemError) {
    guard let number = home?.number else { return }
    try kernel.leaveNetwork(to: number)
    // The call has closed it.
    _ = home.take()?.release()
  }

  /// Opens the namespace that the options name.
  func openNetwork(_ place: TapNetwork) throws(Refusal) -> Descriptor {
    do throws(SystemError) {
      return Descriptor(owning: try kernel.openNetwork(place.path), in: kernel)
    } catch {
      guard error.call == .networkKind else { throw Refusal(error, subject: place.name) }
      // ENOTTY: a file of another sort, also the one of a name whose namespace is gone.
      let isOther = error.code == Errno.invalid
      throw Refusal(
        .wrongDescriptor, field: .network, subject: place.name,
        here: .name(Name("network namespace")),
        there: .name(isOther ? Name("another namespace") : Name("no namespace")))
    }
  }

  /// Finds out in which namespace an interface is whose descriptor came from elsewhere, and
  /// compares that with the one that the options name.
  ///
  /// Linux tells it since 5.2, to who has CAP_NET_ADMIN there; a macvtap does not tell it.
  ///
  /// - Returns: Whether it is in another namespace, to which we may not go.
  @discardableResult
  func findNetwork(_ options: TapOptions, of number: CInt) throws(Refusal) -> Bool {
    network = nil
    var told: Descriptor?
    var there: UInt64?
    do throws(SystemError) {
      let opened = try kernel.tunNetwork(number)
      told = Descriptor(owning: opened, in: kernel)
      there = kernel.networkNumber(opened)
    } catch {}
    if let place = options.network {
      let wished = try openNetwork(place)
      let here = kernel.networkNumber(wished.number)
      network = consume wished
      if let there { try compare(.network, .number(here), .number(there)) }
    } else if let there, there != kernel.networkNumber() {
      network = told.take()
      // Where we may not go, the interface is not found by its name.
      if !isReachable {
        network = nil
        return true
      }
    }
    return false
  }

  private var isReachable: Bool {
    do throws(SystemError) {
      try there { () throws(SystemError) in }
      return true
    } catch {
      return false
    }
  }
}
