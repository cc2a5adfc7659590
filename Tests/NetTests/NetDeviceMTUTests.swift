import BatonCore
import Testing

@testable import BatonNet

/// The MTU that the guest is told, and the interface's.
@Suite(.timeLimit(.minutes(15)), .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
struct NetDeviceMTUTests {
  private func device(_ world: TapWorld, guest: UInt16?, interface: UInt16?) -> NetDevice {
    var options = NetWorld.options()
    options.mtu = guest
    options.tap.mtu = interface
    return NetWorld.device(world, options)
  }

  @Test(arguments: [0, 1, 67] as [UInt16]) func `below 68 is refused before any call`(
    mtu: UInt16
  ) {
    Namespace.run {
      let world = TapWorld(transfersBackends: true)
      let device = device(world, guest: mtu, interface: nil)
      let refusal = #expect(throws: Refusal.self) { try device.begin(.running) }
      #expect(
        refusal?.description == "net0: MTU \(mtu) is not possible, expected '68 to 65535'")
      #expect(device.mutatingCalls == 0)
    }
  }

  @Test(
    arguments: [
      (UInt16?.none, UInt16?.none, false), (68, nil, false), (1_500, nil, false),
      (1_501, nil, true), (1_500, 1_499, true), (1_400, 1_400, false), (9_000, 9_000, false),
    ] as [(UInt16?, UInt16?, Bool)])
  func `an excess is told with both values`(guest: UInt16?, interface: UInt16?, isTold: Bool) throws
  {
    try Namespace.run {
      let world = TapWorld(transfersBackends: true)
      let device = device(world, guest: guest, interface: interface)
      let before = device.mtuExcess
      #expect(before == nil)
      try device.begin(.running)
      let excess = device.mtuExcess
      #expect((excess != nil) == isTold)
      if isTold {
        #expect(excess?.guest == guest)
        #expect(excess?.interface == UInt32(interface ?? 1_500))
      }
      device.close()
    }
  }
}
