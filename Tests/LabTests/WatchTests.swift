import BatonLab
import BatonTraces
import Foundation
import Testing

extension ProcessTests {
  /// The page that follows a running host.
  @Suite(.timeLimit(.minutes(15))) struct WatchTests {
    /// Asks a host with `--watch`, from a shell in the host's own network namespace.
    private func ask(_ script: String, descriptors: Int = 256) throws -> [String] {
      let text = """
        folder=$(mktemp -d); ip link set lo up
        mkfifo "$folder/out"; exec 3<>"$folder/out"
        (ulimit -n \(descriptors)
        exec "$0" host --control "$folder/c" --tap tap0 --watch 8123 \
          >"$folder/out" 2>"$folder/err") &
        host=$!; read -r -t 20 -u 3 ready
        url=$(grep -o 'http://[^ ]*' "$folder/err"); token=${url##*token=}
        get() { curl -s --max-time 5 --retry 20 --retry-connrefused --retry-delay 0 "$@"; }
        \(script)
        kill -KILL $host; rm -rf "$folder"
        """
      let output = try Program.shell(text)
      return output.split(separator: "\n").map(String.init)
    }

    static let missing = ["/usr/bin/curl", "/usr/sbin/ip", "/usr/bin/unshare"].first {
      !FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test(.enabled(if: missing == nil, "\(missing ?? "") is missing"))
    func `serves the page and the trace to who has the token, on loopback only`() throws {
      let lines = try ask(
        """
        get "$url" | grep -c 'id="replay"'
        trace="http://127.0.0.1:8123/trace?token=$token"
        get "$trace&from=0" | grep -m 1 -c '"machine":"Guest host"'
        get "$trace&from=100000" | wc -c
        page=http://127.0.0.1:8123
        for url in "$url"0 $page/ "$page/trace?from=0"; do
          get -o /dev/null -w '%{http_code}\\n' "$url"
        done
        get -o /dev/null -w '%{http_code}\\n' -H 'Host: elsewhere' "$page/?token=$token"
        ss -Hltn | awk '{print $4}'
        """)
      #expect(
        lines == ["1", "1", "0", "403", "403", "403", "403", "127.0.0.1:8123"])
    }

    @Test(.enabled(if: missing == nil, "\(missing ?? "") is missing"))
    func `whoever connects and is silent takes neither the page nor the descriptors`() throws {
      let lines = try ask(
        """
        for i in $(seq 300); do exec {fd}<>/dev/tcp/127.0.0.1/8123; done
        for i in $(seq 40); do
          get "$url" | grep -q 'id="replay"' && echo served && break
          sleep 1
        done
        [ $(ls /proc/$host/fd | wc -l) -lt 50 ] && echo few
        """, descriptors: 64)
      #expect(lines == ["served", "few"])
    }

    @Test(.enabled(if: missing == nil, "\(missing ?? "") is missing"))
    func `a page that ended for want of descriptors is served again and keeps none of them`() throws
    {
      let lines = try ask(
        """
        descriptors() { ls "/proc/$host/fd" | wc -l; }
        get "$url" | grep -c 'id="replay"'
        for round in 1 2 3 4; do
          for i in $(seq 40); do exec {fd}<>/dev/tcp/127.0.0.1/8123; done 2>/dev/null
          for i in $(seq 100); do
            [ $(grep -c EMFILE "$folder/err") -ge $round ] && echo ended && break
            sleep 0.1
          done
          get "$url" | grep -c 'id="replay"'
          for i in $(seq 100); do
            [ $(descriptors) -le ${first:-99} ] && break
            sleep 0.1
          done
          [ $round = 1 ] && first=$(descriptors)
          echo $(($(descriptors) - first))
        done
        """, descriptors: 32)
      #expect(lines == ["1"] + Array(repeating: ["ended", "1", "0"], count: 4).flatMap(\.self))
    }

    @Test(.enabled(if: missing == nil, "\(missing ?? "") is missing"))
    func `whoever says too much, or too little at a time, is not heard for long`() throws {
      let lines = try ask(
        """
        trap '' PIPE; ticks() { awk '{print $14 + $15}' "/proc/$host/stat"; }
        get -o /dev/null "$url"; before=$(ticks)
        exec {slow}<>/dev/tcp/127.0.0.1/8123
        for i in $(seq 40); do printf a >&$slow || break; sleep 1; done 2>/dev/null
        [ $i -lt 40 ] && echo slow
        exec {fd}<>/dev/tcp/127.0.0.1/8123
        head -c 100000000 /dev/zero | timeout 60 tr '\\0' a 2>/dev/null >&$fd
        [ $? != 124 ] && echo ended
        exec {fd}<>/dev/tcp/127.0.0.1/8123
        (printf 'GET / HTTP/1.1\\r\\n'; timeout 60 yes a:b) 2>/dev/null >&$fd
        [ $? != 124 ] && echo ended
        [ $(($(ticks) - before)) -lt 100 ] && echo cheap
        get "$url" | grep -c 'id="replay"'
        get -o /dev/null -w '%{http_code}\n' http://127.0.0.1:8123/nothing
        get -o /dev/null -w '%{http_code}\n' -X POST "$url"
        get -o /dev/null -w '%{http_code}\n' -H "X: $(printf %9000d 0)" "$url"
        """)
      #expect(lines == ["slow", "ended", "ended", "cheap", "1", "404", "404", "200"])
    }

    @Test(.enabled(if: missing == nil, "\(missing ?? "") is missing"))
    func `who has too few descriptors for a page is told`() throws {
      let text = """
        folder=$(mktemp -d); ip link set lo up; mkfifo "$folder/err"; exec 4<>"$folder/err"
        (ulimit -n 6; exec timeout 60 "$0" watch --port 8123 /dev/null 2>&4)
        echo $?; read -r -t 20 -u 4 line; echo "$line"; rm -rf "$folder"
        """
      #expect(
        try Program.shell(text) == """
          1
          --port 8123 does not serve: eventfd: Too many open files (EMFILE)

          """)
    }

    @Test(.enabled(if: missing == nil, "\(missing ?? "") is missing"))
    func `a page whose port is taken is told at once, and the host goes on`() throws {
      let text = """
        folder=$(mktemp -d); ip link set lo up; mkfifo "$folder/out" "$folder/err"
        exec 3<>"$folder/out" 4<>"$folder/err"
        "$0" watch --port 8123 "$folder/out" 2>&4 3>&- & first=$!
        read -r -t 20 -u 4 line; echo "${line%%:*}"
        echo $("$0" watch --port 8123 /dev/null 2>&1) $?
        "$0" host --control "$folder/c" --tap tap0 --watch 8123 >/dev/null 2>&4 & host=$!
        read -r -t 20 -u 4 line; echo "${line##*] }"
        kill -KILL $host $first; rm -rf "$folder"
        """
      #expect(
        try Program.shell(text) == """
          watch http
          --port 8123 does not serve: bind: Address already in use (EADDRINUSE) 1
          --watch 8123 does not serve: bind: Address already in use (EADDRINUSE)

          """)
    }

    @Test func `a trace is followed in the terminal while it is written`() throws {
      let text = """
        folder=$(mktemp -d); mkfifo "$folder/out" "$folder/steps"; exec 3<>"$folder/out"
        "$0" host --control "$folder/c" --tap tap0 --trace "$folder/t" \
          >"$folder/out" 2>/dev/null & host=$!; read -r -t 20 -u 3 ready
        "$0" watch --short --machine Guest "$folder/t" >"$folder/steps" 2>"$folder/err" & watch=$!
        exec 4<"$folder/steps"
        step() { read -r -t 20 -u 4 line; echo "$line" | sed 's/ [+-][0-9.]* µs//'; }
        step; step
        kill -TERM $host; wait $host; step
        cp "$folder/t" "$folder/u"; : >"$folder/t"
        grep -m 1 Guest "$folder/u" >>"$folder/t"; step
        rm "$folder/t"; wait $watch; echo $?
        grep -c 't: begins again' "$folder/err"
        rm -rf "$folder"
        """
      #expect(
        try Program.shell(text) == """
          1.  Guest host  booted  in prelaunch
          2.  Guest host  cont  prelaunch → running
          3.  Guest host  quit  running → shutdown
          1.  Guest host  booted  in prelaunch
          0
          1

          """)
    }

    @Test func `a pipe whose reader does not wait is waited for`() throws {
      let script = """
        import os, subprocess, sys
        end, writer = os.pipe()
        os.set_blocking(end, False)
        watch = subprocess.Popen(
            [sys.argv[1], "watch", "--short", "-"], stdin=end, stdout=subprocess.PIPE)
        for event in (b"one", b"two"):
            os.write(writer, b'{"t_ns":1,"machine":"M","event":"%s","from":"a","to":"a",' % event
                + b'"outcome":"taken"}\\n')
            print(watch.stdout.readline().decode(), end="")
        os.close(writer)
        print(watch.wait())
        """
      let outcome = try Program.execute(["/usr/bin/env", "python3", "-c", script, Program.path])
      #expect(
        outcome.output == "1. +0.0 µs  M  one  in a\n2. +0.0 µs  M  two  in a\n0\n",
        "\(outcome.errors)")
    }

    @Test func `a feed keeps the newest lines, and numbers them from the beginning`() {
      let feed = TraceFeed()
      for number in 0...TraceFeed.limit { feed.append("\(number)") }
      #expect(feed.lines(from: TraceFeed.limit) == "\(TraceFeed.limit)\n")
      #expect(feed.lines(from: 0).hasPrefix("\(TraceFeed.limit / 4)\n"))
      let long = String(repeating: "x", count: TraceFeed.byteCountMax / 8)
      for _ in 0..<9 { feed.append(long) }
      let count = TraceFeed.limit + 1 + 9
      // An answer ends with a line, and so does what is kept.
      #expect(feed.lines(from: count - 2) == long + "\n" && feed.lines(from: count) == "")
      #expect(feed.lines(from: 0) == long + "\n")
      // Whoever goes on behind an answer gets the next line, and none twice.
      var (next, asked) = (0, 0)
      while case let part = feed.part(from: next), !part.text.isEmpty {
        #expect(part.first >= next && part.next == part.first + 1)
        (next, asked) = (part.next, asked + 1)
      }
      #expect(next == count && asked < 9)
      feed.clear()
      #expect(feed.part(from: 0) == (count, count, ""))
      feed.append("new")
      #expect(feed.lines(from: -1) == "new\n")
    }
  }
}
