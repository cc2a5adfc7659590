import BatonCore
import BatonNet

extension Home {
  /// Refuses descriptors that another device of the loop has already: who closes one second closes
  /// a stranger's, or none.
  func expectFree(_ options: TapOptions, _ name: Name) throws(Hindrance) {
    for number in options.fds ?? [] {
      guard !holders.contains(where: { $0.tap?.holds(number) ?? false }) else {
        throw .invalid(
          .descriptorKind, name, there: .number(UInt64(clamping: number)),
          expected: "one of no other device")
      }
    }
  }
}

/// What a host may say of a TAP, of a device and of a port alike.
enum TapWish {
  /// The longest text of a TAP in bytes.
  private static let netdevMax = 4095

  /// A TAP in QEMU's words.
  static func netdev(
    _ text: UnsafePointer<CChar>?, _ name: Name
  ) throws(Hindrance) -> TapOptions {
    // Safe: what is not NULL ends with NUL.
    guard let bytes = unsafe Text.bytes(text, limit: netdevMax) else {
      throw unsafe .invalid(
        .none, name, there: Text.shown(text), expected: "at most 4095 bytes")
    }
    do throws(TapArgumentError) {
      return try TapArguments(parsing: bytes).options()
    } catch {
      throw .refusal(Refusal(.invalid, subject: name), text: "\(name): \(error)")
    }
  }

  /// An interface by its name; nil for NULL.
  static func interface(
    _ text: UnsafePointer<CChar>?, _ name: Name
  ) throws(Hindrance) -> InterfaceName? {
    // Safe: what is not NULL ends with NUL.
    guard unsafe text != nil else { return nil }
    // Safe: as above.
    guard let bytes = unsafe Text.bytes(text, limit: InterfaceName.countMax),
      let interface = InterfaceName(bytes: bytes)
    else {
      throw unsafe .invalid(
        .interfaceName, name, there: Text.shown(text), expected: "1 to 15 bytes")
    }
    return interface
  }

  /// The MTU that is set on the interface; nil for 0.
  static func mtu(_ number: UInt16, _ name: Name) throws(Hindrance) -> UInt16? {
    guard number == 0 || number >= VirtioNet.mtuMin else {
      throw .invalid(.interfaceMTU, name, there: .number(UInt64(number)), expected: "68 to 65535")
    }
    return number == 0 ? nil : number
  }

  /// Asks for the name of an interface, and writes it into 16 bytes of the host's.
  static func put(
    _ place: UnsafeMutablePointer<CChar>, _ tap: Tap
  ) throws(Hindrance) {
    let name: InterfaceName
    do throws(SystemError) { name = try tap.presentName() } catch {
      throw .refusal(Refusal(error, subject: tap.name), text: nil)
    }
    // Safe: a name has 15 bytes at most, and zeros behind them.
    for index in 0...InterfaceName.countMax {
      unsafe place[index] = CChar(bitPattern: name[index])
    }
  }
}
