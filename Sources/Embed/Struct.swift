import BatonCore
package import CBaton

/// Where a refusal is written, as callers give it.
package typealias Why = UnsafeMutablePointer<baton_refusal>?

/// Enters a function of the interface by a handle: checks it, does the work, and answers what came
/// of it.
@inline(__always)
func enter<H: Handle>(
  _ pointer: OpaquePointer?, _ kind: H.Type, _ why: Why = nil, onAnyThread: Bool = false,
  _ body: (H) throws(Hindrance) -> CInt
) -> CInt {
  do throws(Hindrance) {
    // Safe: the handle is checked, and followed only then.
    let handle = unsafe try Handle.find(pointer, as: kind, onAnyThread: onAnyThread)
    return try body(handle)
  } catch {
    // Safe: `why` is the caller's, or NULL.
    return unsafe answer(error, why)
  }
}

/// Enters as the one above, without holding the object, which is half of what a short call costs:
/// for what keeps the object itself before it calls anybody who may destroy it.
@inline(__always)
func enterUnheld<H: Handle>(
  _ pointer: OpaquePointer?, _ kind: H.Type, _ why: Why = nil,
  _ body: (H) throws(Hindrance) -> CInt
) -> CInt {
  do throws(Hindrance) {
    // Safe: the handle is checked, and followed only then.
    return unsafe try Handle.ask(pointer, as: kind) { handle in
      do throws(Hindrance) { return try body(handle) } catch {
        // Safe: `why` is the caller's, or NULL.
        return unsafe answer(error, why)
      }
    }
  } catch {
    // Safe: as above.
    return unsafe answer(error, why)
  }
}

/// Enters a function that has no handle.
func enter(_ why: Why, _ body: () throws(Hindrance) -> CInt) -> CInt {
  do throws(Hindrance) { return try body() } catch {
    // Safe: `why` is the caller's, or NULL.
    return unsafe answer(error, why)
  }
}

/// Asks an object for something that has no error; `none` for misuse.
@inline(__always)
func ask<H: Handle, Result>(
  _ pointer: OpaquePointer?, _ kind: H.Type, or none: Result, _ body: (H) -> Result
) -> Result {
  // Safe: the handle is checked, and followed only then.
  do throws(Hindrance) { return unsafe try Handle.ask(pointer, as: kind, body) } catch {
    return none
  }
}

/// Writes why not, and answers it as a number.
@inline(never)
private func answer(_ hindrance: Hindrance, _ why: Why) -> CInt {
  switch hindrance {
  case .misuse(let misuse):
    // Safe: `why` is the caller's, or NULL.
    unsafe Struct.write(baton_refusal(misuse), to: why)
    return Misuse.answer
  case .refusal(let refusal, let text):
    // Safe: `why` is the caller's, or NULL.
    unsafe Struct.write(baton_refusal(refusal, text: text), to: why)
    return -1
  }
}

/// Structs that callers made, of this release or another.
enum Struct {
  /// A copy of what a caller gave, with zeros behind its end; nil for NULL, and for one whose size
  /// was not set.
  static func read<Value>(_ place: UnsafePointer<Value>?, zero: Value) -> Value? {
    // Safe: what is not NULL has a size at its start, and is as long as that says.
    guard let place = (unsafe UnsafeRawPointer(place)) else { return nil }
    let size = Int(unsafe place.load(as: UInt32.self))
    guard size > MemoryLayout<UInt32>.size else { return nil }
    var value = zero
    // Safe: no more than both have, of plain values.
    unsafe withUnsafeMutableBytes(of: &value) { bytes in
      let count = min(size, bytes.count)
      unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: place, count: count))
    }
    return value
  }

  /// Writes a struct as far as the caller's goes; its size stays. False for NULL, and for one whose
  /// size was not set.
  @discardableResult
  static func write<Value>(_ value: Value, to place: UnsafeMutablePointer<Value>?) -> Bool {
    // Safe: what is not NULL has a size at its start, and is as long as that says.
    guard let place = UnsafeMutableRawPointer(place) else { return false }
    let start = MemoryLayout<UInt32>.size
    let size = Int(unsafe place.load(as: UInt32.self))
    guard size > start else { return false }
    // Safe: no more than both have, of plain values.
    unsafe withUnsafeBytes(of: value) { bytes in
      let count = min(size, bytes.count) - start
      guard let from = bytes.baseAddress else { return }
      // Safe: as above.
      unsafe (place + start).copyMemory(from: from + start, byteCount: count)
    }
    return true
  }

  /// Writes what a function answers beside its result.
  static func put<Value>(_ value: Value, to place: UnsafeMutablePointer<Value>?) {
    // Safe: the caller's place, or NULL.
    if let place = unsafe place { unsafe place.pointee = value }
  }
}
