import BatonCommand
import BatonCore
import BatonHost
import BatonTraces
import Dispatch
import Logging
import Synchronization

extension WatchServer {
  /// How long nobody is served after an error.
  private static var rest: DispatchTimeInterval { .seconds(1) }

  /// Serves beside the program, which goes on when it cannot; prints the address on standard error.
  ///
  /// - Returns: Where the program leaves its lines for the page; nil when there is none.
  static func start(
    on port: UInt16, name: String, errors: BackgroundWriter, logger: Logger
  ) -> TraceFeed? {
    let server: WatchServer
    do throws(SystemError) {
      server = try WatchServer(port: port, title: "Host \(name)", charts: ChartShelf.outlines)
    } catch {
      logger.error("--watch \(port) does not serve: \(error)")
      return nil
    }
    Task.detached {
      let hasListened = Atomic(false)
      repeat {  // Ends when the port is not ours, or the program ends.
        do {
          try await server.run {
            if !hasListened.exchange(true, ordering: .relaxed) {
              errors.write("watch \(server.address)\n")
            }
          }
        } catch {
          logger.error("--watch \(server.port) does not serve: \(error)")
        }
        // A process that has run out of descriptors has some again.
        await withCheckedContinuation { goOn in
          DispatchQueue.global().asyncAfter(deadline: .now() + rest) { goOn.resume() }
        }
      } while hasListened.load(ordering: .relaxed)
    }
    return server.feed
  }
}
