import BatonCore
import BatonDiagrams
import Testing

/// What the article on watching a run promises.
@Suite(.timeLimit(.minutes(15))) struct WatchingTests {
  @Test func `the page holds the chart and the run`() throws {
    let page = try watchedRun(on: VirtualLoop(kernel: Kernel()))
    #expect(page.trace.contains("\"machine\":\"Door north\",\"event\":\"pull\""))
    #expect(page.trace.contains("\"from\":\"shut\",\"to\":\"open\""))
    #expect(page.text().contains("<title>A door</title>"))
  }
}
