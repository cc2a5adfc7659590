import BatonCore
import Dispatch
import Synchronization

/// What Dispatch opens with the first source and the first timer of a process, and keeps: an epoll,
/// an eventfd and a timerfd. It ends the process where it cannot, which the visitors of a page
/// could bring about; so they are opened before there are any.
enum DispatchDescriptors {
  /// How many must be free.
  private static let count = 4
  private static let isOpen = Mutex(false)

  /// Opens them, once.
  ///
  /// - Throws: EMFILE or ENFILE when there are too few descriptors; nothing was tried then.
  static func open() throws(SystemError) {
    let failure = isOpen.withLock { isOpen in
      if isOpen { return nil as SystemError? }
      do throws(SystemError) { try check() } catch { return error }
      let isOver = DispatchSemaphore(value: 0)
      DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(1)) { isOver.signal() }
      isOver.wait()
      isOpen = true
      return nil
    }
    if let failure { throw failure }
  }

  private static func check() throws(SystemError) {
    let kernel = Kernel()
    var descriptors: [CInt] = []
    defer { for descriptor in descriptors { kernel.close(descriptor) } }
    for _ in 0..<count { descriptors.append(try kernel.createCounter()) }
  }
}
