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
      a total. Exit status 1 when a mandatory test or a vector does not pass.
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
    let tests: [ConformanceTest]
    do { tests = try ConformanceTest.all(in: URL(filePath: folder)) } catch {
      guard let error = error as? LoadError else {
        throw OutputFile.refusal(folder, "open: \(BoundedFile.reason(error))")
      }
      throw OutputFile.refusal(error.file, line: error.line, error.problem)
    }
    let chosen = tests.filter { $0.kind == .mandatory || (all && $0.kind != .unlisted) }
    guard !chosen.isEmpty else { throw ValidationError("there are no tests in \(folder)") }
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

  /// What came of a test, with a script that is none told as other files are.
  private func outcome(of test: ConformanceTest) -> ConformanceTest.Outcome {
    guard let (file, error) = test.broken else { return test.run(model: datamodel) }
    let name = file.lastPathComponent
    guard let data = try? BoundedFile.read(file) else { return .failed("\(name): \(error)") }
    let mistake = JSONMistake(error, in: data)
    return .failed("\(name):\(mistake.line.map { "\($0):" } ?? "") \(mistake.problem)")
  }
}
