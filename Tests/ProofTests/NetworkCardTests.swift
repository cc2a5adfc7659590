import Testing

@testable import BatonRelay

/// What `info network` says, as QEMU 10.0 and 11.1 have said it.
@Suite(.timeLimit(.minutes(10))) struct NetworkCardTests {
  /// Two NICs of one QEMU: a TAP with two pairs of queues, and a user network.
  private static let two = """
    virtio-net-pci.0: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56\r
     \\ n0: index=0,type=tap,ifname=t0,script=no,downscript=no\r
    virtio-net-pci.1: index=1,type=nic,\r
     \\ n0: index=1,type=tap,ifname=t0,script=no,downscript=no\r
    virtio-net-pci.2: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:57\r
     \\ n1: index=0,type=user,net=10.0.2.0,restrict=off\r

    """

  @Test func `each NIC has its queues and its netdev`() {
    #expect(
      NetworkCard.all(in: Self.two) == [
        NetworkCard(
          name: "virtio-net-pci.0", queues: 2, netdev: "n0", type: "tap", interface: "t0"),
        NetworkCard(name: "virtio-net-pci.2", queues: 1, netdev: "n1", type: "user"),
      ])
  }

  @Test func `a NIC without a netdev and a netdev without a NIC are what they are`() {
    let text = "net0: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:56\nn1: index=0,type=user"
    #expect(NetworkCard.all(in: text) == [NetworkCard(name: "net0")])
  }

  @Test(arguments: [
    "", "\n\n", ":", ": ", "\\ n0: index=0,type=tap", "a: b", "a: =,=,,=", "a: type=nic",
    "unknown command: 'info network'", "a: index=1,type=nic\n \\\n \\ b: c\n \\ d: type=tap",
  ]) func `other words are no reason to end`(text: String) {
    for card in NetworkCard.all(in: text) {
      #expect(card.queues == 1)
      #expect(!card.loss(to: card).isEmpty)
    }
  }

  @Test(arguments: [
    ("vhost-user", "vhost-user", "nothing is lost if"), ("tap", "tap", "is lost"),
    ("tap", "vhost-user", "is lost"), ("vhost-user", "tap", "is lost"),
    ("user", "user", "connections"), ("none", "none", "nothing can be lost"),
  ]) func `what is lost is said with both netdevs`(from: String, to: String, words: String) {
    func card(_ type: String) -> NetworkCard {
      NetworkCard(name: "net0", netdev: type == "none" ? nil : "n0", type: type)
    }
    let loss = card(from).loss(to: card(to))
    #expect(loss.contains(words))
    #expect(loss.hasPrefix("net0 (\(card(from).backEnd), then \(card(to).backEnd)): "))
  }
}
