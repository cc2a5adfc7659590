import BatonCLinux
import BatonCore
import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(15))) struct SystemMessageTests {
  let kernel = Kernel()

  @Test(arguments: [0, 1, 2, 3, 252, 253])
  func `descriptors arrive counted, in order, the same file, and close on exec`(count: Int) throws {
    let (a, b) = try kernel.pair()
    var sent = Descriptors(in: kernel)
    for index in 0..<count {
      // Every third one is another file, so that a swapped order shows.
      let original = index % 3 == 0 ? a.value.number : b.value.number
      sent.append(Descriptor(owning: try kernel.duplicate(original), in: kernel))
    }
    let numbers = (0..<count).map { sent.number(at: $0) }
    #expect(try kernel.send(a.value.number, "x", numbers) == 1)
    let parcel = try kernel.receive(b.value.number)
    #expect(parcel.text == "x" && parcel.isTruncated == false)
    try #require(parcel.descriptors.count == count)
    for (index, number) in numbers.enumerated() {
      let arrived = parcel.descriptors.number(at: index)
      #expect(arrived != number)
      #expect(try kernel.isSameFile(number, arrived))
      #expect(clinux_get_descriptor_flags(arrived) == FD_CLOEXEC)
    }
  }

  @Test func `the kernel refuses 254 descriptors, and we trap before it`() async throws {
    let (a, _) = try kernel.pair()
    let many = [CInt](repeating: a.value.number, count: 254)
    #expect(clinux_send(a.value.number, "x", 1, many, many.count) == -1)
    #expect(clinux_errno() == Errno.invalid)
    await #expect(processExitsWith: .failure) {
      let kernel = Kernel()
      let (a, _) = try kernel.pair()
      // Thrown, it would be no failure of the process.
      _ = try? kernel.send(a.value.number, "x", [CInt](repeating: a.value.number, count: 254))
    }
  }

  @Test(arguments: [(1, 0), (2, 1), (3, 2), (4, 3), (253, 252), (253, 0)])
  func `descriptors beyond the room close all of them`(sent: Int, room: Int) throws {
    let (a, b) = try kernel.pair()
    let (near, far) = try kernel.pair()
    try kernel.send(
      a.value.number, "x", [CInt](repeating: far.value.number, count: sent))
    try kernel.drop(far)
    let parcel = try kernel.receive(b.value.number, room: room)
    #expect(parcel.isTruncated == true)
    #expect(parcel.descriptors.count == 0)
    // The end of the stream: no copy of the far end is left open anywhere.
    kernel.awaitReadable(near.value.number)
    #expect(try kernel.read(near.value.number).isEmpty)
  }

  @Test func `a full descriptor table truncates instead of losing some quietly`() async {
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      let (a, b) = try kernel.pair()
      let (near, far) = try kernel.pair()
      try kernel.send(a.value.number, "x", [CInt](repeating: far.value.number, count: 8))
      try kernel.drop(far)
      // The lowest free number and two more: room for three of the eight.
      let next = try kernel.duplicate(a.value.number)
      kernel.close(next)
      var limit = rlimit(rlim_cur: rlim_t(next) + 3, rlim_max: rlim_t(next) + 3)
      guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { exit(3) }
      let parcel = try kernel.receive(b.value.number)
      guard parcel.isTruncated, parcel.descriptors.isEmpty else { exit(1) }
      guard try kernel.read(near.value.number).isEmpty else { exit(2) }
      exit(0)
    }
  }

  @Test func `plain bytes are glued in front of a message with descriptors, never behind it`()
    throws
  {
    let (a, b) = try kernel.pair()
    for (text, hasDescriptor) in [("AAAA", true), ("BBBB", false), ("CCCC", true)] {
      try kernel.send(a.value.number, text, hasDescriptor ? [a.value.number] : [])
    }
    let first = try kernel.receive(b.value.number)
    #expect(first.text == "AAAA" && first.descriptors.count == 1)
    let second = try kernel.receive(b.value.number)
    #expect(second.text == "BBBBCCCC" && second.descriptors.count == 1)
  }

  @Test func `descriptors come with the first byte of a message that is read in pieces`() throws {
    let (a, b) = try kernel.pair()
    try kernel.send(a.value.number, "abcd", [a.value.number])
    let first = try kernel.receive(b.value.number, byteRoom: 2)
    #expect(first.text == "ab" && first.descriptors.count == 1)
    let second = try kernel.receive(b.value.number, byteRoom: 2)
    #expect(second.text == "cd" && second.descriptors.count == 0)
  }

  @Test func `an empty socket would block, a closed one is the end, a write to it is EPIPE`() throws
  {
    let (a, b) = try kernel.pair()
    #expect(throws: SystemError(call: .receive, code: Errno.wouldBlock)) {
      _ = try kernel.receive(b.value.number)
    }
    try kernel.drop(a)
    kernel.awaitReadable(b.value.number)
    let parcel = try kernel.receive(b.value.number)
    #expect(parcel.text == "" && parcel.isTruncated == false)
    #expect(throws: SystemError(call: .send, code: Errno.brokenPipe)) {
      try kernel.send(b.value.number, "x")
    }
  }

  @Test func `a full socket takes a part and then would block`() throws {
    let (a, b) = try kernel.pair()
    let chunk = String(repeating: "x", count: 1 << 20)
    var sent = 0
    #expect(throws: SystemError(call: .send, code: Errno.wouldBlock)) {
      // Ends when the socket is full.
      while true { sent += try kernel.send(a.value.number, chunk) }
    }
    var received = 0
    let deadline = Deadline()
    while received < sent, !deadline.isOver() {
      received += try kernel.receive(b.value.number, byteRoom: 1 << 16).text.utf8.count
    }
    #expect(received == sent)
  }
}
