#if ECMAScript
  import BatonDuktape

  /// An account of memory at a place of its own, which engines refer to.
  @safe final class ScriptAccount {
    fileprivate let pointer: UnsafeMutablePointer<cduktape_account>

    init(limit: Int) {
      // Safe: allocated and set here, and given back when nobody has the account any more.
      unsafe pointer = .allocate(capacity: 1)
      unsafe pointer.initialize(to: cduktape_account(used: 0, limit: max(0, limit)))
    }

    /// Bytes that are in use.
    var used: Int {
      // Safe: the account is alive, and engines run on this thread only.
      unsafe pointer.pointee.used
    }

    deinit { unsafe pointer.deallocate() }  // Safe: every engine holds its account.
  }

  /// One engine of Duktape: see `cduktape.h`. All that scripts do wrong is an error with its place.
  @safe final class ScriptEngine {
    /// What the engine answered.
    struct Answer {
      var text: String?
      var isTrue = false
      var count = 0
    }

    private let account: ScriptAccount
    private let engine: OpaquePointer
    /// What the callbacks ask; the engine holds a pointer to this object.
    private let context: Context

    /// The host's side of the callbacks.
    final class Context {
      var host = ModelHost()
    }

    /// Nil when the account has no room for an engine.
    init?(_ account: ScriptAccount, _ limits: ScriptLimits, _ context: Context) {
      self.account = account
      self.context = context
      // Safe: the context lives as long as the engine, which calls only inside of `ask`.
      var calls = unsafe cduktape_calls(
        context: Unmanaged.passUnretained(context).toOpaque(),
        is_active: { context, id, length in
          // Safe: the engine gives the context back and a text of that length, for this call.
          unsafe ScriptEngine.host(context).isActive(ScriptEngine.text(id, length) ?? "")
        },
        log: { context, text, length in
          // Safe: as above.
          unsafe ScriptEngine.host(context).log(ScriptEngine.text(text, length) ?? "")
        },
        // Safe: as above.
        now: { context in unsafe ScriptEngine.host(context).now() })
      let engine = unsafe cduktape_open(
        account.pointer, UInt64(max(1, limits.stepCount)), limits.nanoseconds, &calls)
      guard let engine = unsafe engine else { return nil }
      unsafe self.engine = engine
    }

    deinit { unsafe cduktape_close(engine) }  // Safe: opened by the initialiser, closed once.

    /// Does one thing; see `cduktape_operation`.
    func ask(
      _ operation: cduktape_operation, _ text: String, at place: Place?, count: Int,
      spent: inout Int
    ) throws(ExpressionError) -> Answer {
      var text = text
      var file = place?.file ?? ""
      // Safe: the texts outlive the call, and the answers are copied before the next one.
      let result: Result<Answer, ExpressionError> = text.withUTF8 { bytes in
        file.withUTF8 { name in
          unsafe ask(operation, bytes, name, line: place?.line ?? 0, count: count, &spent)
        }
      }
      return try result.get()
    }

    private func ask(
      _ operation: cduktape_operation, _ bytes: UnsafeBufferPointer<UInt8>,
      _ name: UnsafeBufferPointer<UInt8>, line: Int, count: Int, _ spent: inout Int
    ) -> Result<Answer, ExpressionError> {
      // Safe: the engine reads as many bytes as it is told of, and the name with a zero behind it.
      let file = unsafe name.map { CChar(bitPattern: $0) } + [0]
      return unsafe file.withUnsafeBufferPointer { file in
        var request = unsafe cduktape_request()
        unsafe request.operation = operation
        // Safe: characters are bytes, as many of them as the length below says.
        unsafe request.text = UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(
          to: CChar.self)
        unsafe request.length = bytes.count
        unsafe request.file = file.baseAddress
        unsafe request.line = CInt(clamping: line)
        unsafe request.count = max(0, count)
        // Safe: the request's texts outlive the call; what it leaves lives until the next one.
        let isDone = unsafe cduktape_ask(engine, &request)
        spent = unsafe spent.addingReportingOverflow(Int(clamping: request.steps)).partialValue
        guard isDone else {
          // Safe: what went wrong is text with a zero behind it, for as long.
          let reason = unsafe request.error.map { unsafe String(cString: $0) } ?? "it failed"
          let file = unsafe request.error_file.map { unsafe String(cString: $0) } ?? ""
          let place = file.isEmpty ? nil : Place(file: file, line: Int(unsafe request.error_line))
          return .failure(ExpressionError(reason, at: place))
        }
        // Safe: a result that is done has as many bytes as it says.
        let text = unsafe request.result.flatMap { unsafe Self.text($0, request.result_length) }
        return unsafe .success(
          Answer(text: text, isTrue: request.truth, count: request.count))
      }
    }

    /// The host behind a callback's context.
    private static func host(_ context: UnsafeMutableRawPointer?) -> ModelHost {
      // Safe: the pointer is the context that the engine was opened with.
      guard let context = unsafe context else { return ModelHost() }
      return unsafe Unmanaged<Context>.fromOpaque(context).takeUnretainedValue().host
    }

    private static func text(_ bytes: UnsafePointer<CChar>?, _ length: Int) -> String? {
      // Safe: the engine gives as many bytes as it says; what is no UTF-8 is replaced.
      guard let bytes = unsafe bytes else { return nil }
      return unsafe String(
        decoding: UnsafeRawBufferPointer(start: bytes, count: length), as: UTF8.self)
    }
  }
#endif
