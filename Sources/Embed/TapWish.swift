import BatonCore
import BatonNet

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
}

extension Tap {
  /// Asks the kernel for the interface's name, and writes it into 16 bytes of the host's.
  func writeName(to place: UnsafeMutablePointer<CChar>) throws(Hindrance) {
    let present: InterfaceName
    do throws(SystemError) { present = try presentName() } catch {
      throw .refusal(Refusal(error, subject: name), text: nil)
    }
    // Safe: a name has 15 bytes at most, and zeros behind them.
    for index in 0...InterfaceName.countMax {
      unsafe place[index] = CChar(bitPattern: present[index])
    }
  }
}
