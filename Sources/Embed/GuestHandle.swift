// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
import CBaton

/// The guest as the host knows it, and its memory.
@safe final class GuestHandle: Handle {
  override class var mark: UInt { 0x200 }

  private let layout: [MemoryRegion]
  private let calls: baton_guest_calls
  private let context: UnsafeMutableRawPointer?
  /// Nil while the guest has no memory.
  private(set) var ram: SealedMemory?
  /// Devices over the memory that is there; a device that goes takes itself out.
  private var attached: [NetHandle] = []

  /// A guest without memory; nil when one of the calls that are needed is missing.
  init?(
    _ home: Home, _ layout: [MemoryRegion], _ calls: baton_guest_calls,
    _ context: UnsafeMutableRawPointer?
  ) {
    // Safe: only compared with NULL.
    guard unsafe calls.is_running != nil, unsafe calls.stop != nil, unsafe calls.start != nil,
      unsafe calls.adopt != nil
    else { return nil }
    self.layout = layout
    // Safe: only stored; the host keeps its context for as long as the guest.
    unsafe (self.calls, self.context) = (calls, context)
    super.init(home)
  }

  /// How refusals name the memory.
  static var name: Name { Name("ram") }

  override var subject: Name { Self.name }

  override func end() { forget() }

  /// Whether a device is attached to the memory.
  var isAttached: Bool { !attached.isEmpty }

  /// Notes a device over the memory; nil when there is none.
  func attach(_ net: NetHandle) -> GuestMemory? {
    guard let ram else { return nil }
    if !attached.contains(where: { $0 === net }) { attached.append(net) }
    return ram.memory
  }

  /// A device is not over the memory any more.
  func detach(_ net: NetHandle) { attached.removeAll { $0 === net } }

  /// Lets the memory go, when the devices have let go of it.
  func forget() {
    for net in attached { net.hasLost(self) }
    attached = []
    ram = nil
  }

  /// Gives it memory that the caller makes, once.
  func give(_ make: ([MemoryRegion]) throws(Hindrance) -> SealedMemory) throws(Hindrance) {
    guard ram == nil else {
      throw .refusal(
        Refusal(.wrongState, field: .state, subject: Self.name, here: .name(Name("has memory"))),
        text: nil)
    }
    ram = try make(layout)
  }

  /// The memory that is attached goes only with its devices.
  func mayForget() throws(Hindrance) {
    try home.forbidInMigration()
    guard !isAttached else { throw .rule("a device is attached to the guest's memory") }
  }
}

extension GuestHandle: MovableGuest {
  var isRunning: Bool {
    // Safe: the host's function and context, which live as long as the guest.
    home.move { unsafe calls.is_running?(context) ?? 0 } != 0
  }

  func stop() {
    // Safe: the host's function and context.
    home.move { unsafe calls.stop?(context) }
  }

  func start() {
    // Safe: the host's function and context.
    home.move { unsafe calls.start?(context) }
  }

  func pause() {
    // Safe: the host's function and context.
    home.move { unsafe (calls.pause ?? calls.stop)?(context) }
  }

  var regions: [MemoryRegion] { ram?.regions ?? [] }
  func lendMemory() -> [CInt] { ram?.lend() ?? [] }

  func adopt(
    _ regions: [MemoryRegion], _ descriptors: consuming Descriptors
  ) throws(Refusal) {
    guard ram == nil else {
      throw Refusal(
        .wrongState, field: .state, subject: Self.name, here: .name(Name("has memory")))
    }
    ram = try SealedMemory(adopting: regions, descriptors, expecting: layout)
    var why = baton_refusal.blank
    // Safe: the host's function and context; the refusal outlives the call.
    let answer = home.move { unsafe calls.adopt?(pointer, &why, context) ?? 0 }
    if answer != 0 { throw why.refusal(of: Self.name, or: .vetoed) }
  }

  func discardMemory() {
    // Safe: the host's function and context.
    home.move { unsafe calls.discard?(context) }
    forget()
  }

  func releaseMemory() {
    // Safe: the host's function and context.
    home.move { unsafe calls.release?(context) }
    forget()
  }
}

/// Layouts as the host gives them.
extension MemoryRegion {
  /// The pages that memory is mapped in, in bytes.
  private static let pageByteCount: UInt64 = 4096

  /// A layout that can be, or why it cannot.
  static func layout(
    _ regions: UnsafePointer<baton_region>?, _ count: Int
  ) throws(Hindrance) -> [MemoryRegion] {
    guard 0...GuestMemory.regionCountMax ~= count else {
      throw .invalid(
        .regionCount, GuestHandle.name, there: .number(UInt64(UInt(bitPattern: count))),
        expected: "64 at most")
    }
    // Safe: the caller lends so many regions.
    guard unsafe count == 0 || regions != nil else { throw .rule("the regions are NULL") }
    var layout: [MemoryRegion] = []
    for place in 0..<count {
      // Safe: as above.
      guard let region = unsafe regions?[place] else { break }
      layout.append(
        MemoryRegion(guestAddress: region.guest_address, byteCount: region.byte_count))
    }
    let sorted = ascendingPlaces(layout.map { $0.guestAddress }).map { layout[$0] }
    for place in sorted.indices {
      try sorted[place].check(before: place + 1 < sorted.count ? sorted[place + 1] : nil)
    }
    return layout
  }

  private func check(before next: MemoryRegion?) throws(Hindrance) {
    guard byteCount > 0, byteCount <= Int.max, byteCount % Self.pageByteCount == 0 else {
      throw .invalid(
        .memorySize, GuestHandle.name, there: .number(byteCount),
        expected: "whole pages, below 2^63")
    }
    guard guestAddress % Self.pageByteCount == 0 else { throw misplaced("a whole page's") }
    guard byteCount <= UInt64.max - guestAddress else { throw misplaced("an end below 2^64") }
    guard byteCount <= (next?.guestAddress ?? .max) - guestAddress else {
      throw misplaced("no overlap")
    }
  }

  private func misplaced(_ expected: StaticString) -> Hindrance {
    .invalid(.memoryAddress, GuestHandle.name, there: .bits(guestAddress), expected: expected)
  }
}
