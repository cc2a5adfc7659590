public import BatonCore
public import BatonMig
public import BatonTraces
public import BatonVhostUser

extension NetHost {
  /// What a process starts with; it changes nothing afterwards.
  public struct Options: Sendable {
    /// A port and what it is called, the same in both processes of a takeover.
    public struct Port: Sendable {
      /// How refusals, events and logs name it.
      public var name: Name
      /// Its socket, its TAP, and what guests are offered.
      public var options: VhostUserPort.Options

      /// A port of this name.
      public init(name: Name, _ options: VhostUserPort.Options) {
        (self.name, self.options) = (name, options)
      }
    }

    /// The ports, which move together, in this order.
    public var ports: [Port]
    /// What logs and traces call this process.
    public var name = "net"
    /// Where the control socket is made; nil for none.
    public var control: SocketPath?
    /// The control socket of a process whose ports are taken over; nil to begin afresh.
    public var takeover: SocketPath?
    /// The program, with its arguments, that takes over from this process on SIGHUP; nil for none.
    public var successor: ChildProgram?
    /// How the migration is done, from the source's side.
    public var parameters = MigrationParameters()
    /// Where transition records go as they happen; nil keeps them in memory only.
    public var traceFile: String?
    /// `CHART/STATE` before which the process stops itself (SIGSTOP), once, so that a rehearsal can
    /// kill it exactly there; nil: nowhere. One that runs is told by the command `x-stop-at`.
    public var stopAt: String?
    /// Gets the records as lines, for a page that follows the machines; nil when there is none.
    public var feed: TraceFeed?

    /// A process that begins afresh, without a control socket.
    public init(ports: [Port]) { self.ports = ports }
  }
}
