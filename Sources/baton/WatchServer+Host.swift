import BatonCommand
import BatonCore
import BatonHost
import BatonTraces
import Logging

extension WatchServer {
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
      await server.keepServing {
        errors.write("watch \(server.address)\n")
      } failed: { error, _ in
        logger.error("--watch \(server.port) does not serve: \(error)")
      }
    }
    return server.feed
  }
}
