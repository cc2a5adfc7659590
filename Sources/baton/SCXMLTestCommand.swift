import ArgumentParser
import BatonCommand
import BatonSCXML
import Foundation

/// `baton scxml test`: folders of the W3C's tests and of vectors.
struct SCXMLTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Runs a folder of tests for SCXML processors: the W3C's, vectors, or both.",
    discussion: """
      Looks for documents in the folder and in all below it. The W3C's tests are .txml documents, \
      whose names of the conformance namespace are rewritten while they are loaded; the nearest \
      manifest.xml in their folder or above it says which are mandatory, and without one all are. \
      A vector is a document beside a .json file of its name, with events and the configurations \
      that they lead to, in the format of SCION's test framework. Prints a line for each test and \
      a total. Exit status: 0 when all mandatory tests and all vectors pass, 1 when one does not, \
      2 when there is nothing to run: no such folder, one without tests, or with a manifest that \
      cannot be read.
      """)

  @Flag(help: "Also run the optional tests and those that somebody has to judge.")
  var all = false

  @Option(
    help: ArgumentHelp(
      "The data model of the W3C's tests, mini or ecmascript (default, if it is built in).",
      valueName: "name"))
  var datamodel: String?

  @Argument(help: "The folder.")
  var folder: String

  func validate() throws {
    switch datamodel {
    case nil, "mini": return
    case "ecmascript" where ECMAScript.isBuilt: return
    case let name?:
      let models = ECMAScript.isBuilt ? "mini and ecmascript are" : "mini is"
      throw ValidationError("--datamodel \(name) is not possible: \(models)")
    }
  }

  func run() throws {
    let chosen = try chosen()
    var passed = 0
    var missed = 0
    for test in chosen {
      let kind = test.kind == .mandatory ? "" : "  (\(test.kind))"
      switch outcome(of: test) {
      case .passed:
        passed += 1
        StandardOutput.print("pass  \(test.name)\(kind)")
      case .failed(let why):
        StandardOutput.print("fail  \(test.name)\(kind): \(why)")
        if test.kind == .mandatory { missed += 1 }
      }
    }
    StandardOutput.print(
      "\(passed) of \(chosen.count) documents pass, \(missed) mandatory ones do not")
    if missed > 0 { throw ExitCode.failure }
  }

  /// The tests that are to run.
  ///
  /// - Throws: `ExitCode` 2, when there are none; standard error has said why.
  private func chosen() throws -> [ConformanceTest] {
    let tests: [ConformanceTest]
    do { tests = try ConformanceTest.all(in: URL(filePath: folder)) } catch {
      let isLoaded = error is LoadError
      let reason = isLoaded ? "\(error)" : "\(folder): open: \(BoundedFile.reason(error))"
      throw DocumentRun.refused(reason, 2)
    }
    let chosen = tests.filter { $0.kind == .mandatory || (all && $0.kind != .unlisted) }
    guard chosen.isEmpty else { return chosen }
    let others = tests.count { $0.kind != .unlisted }
    let reason =
      if tests.isEmpty {
        "no document ends in .txml or .scxml, here or in a folder below"
      } else if others > 0 {
        "none of \(tests.count) documents is a mandatory test: --all runs the others"
      } else {
        "none of \(tests.count) documents is a test: the manifest names none, or no .json file of "
          + "its name is beside it"
      }
    throw DocumentRun.refused("\(folder): no tests: \(reason)", 2)
  }

  /// What came of a test, with a script that is none told as other files are.
  private func outcome(of test: ConformanceTest) -> ConformanceTest.Outcome {
    guard let (file, error) = test.broken else { return test.run(model: datamodel) }
    let name = file.lastPathComponent
    guard let data = try? BoundedFile.read(file) else { return .failed("\(name): \(error)") }
    let mistake = JSONMistake(error, in: data)
    return .failed("\(name):\(mistake.line.map { "\($0):" } ?? "") \(mistake.problem)")
  }
}
