#!/usr/bin/env python3
"""Breaks the code in one line at a time, and looks which test notices.

Usage: Scripts/mutate.py [--jobs N] [--record] [MUTANT...]
  MUTANT is a number or a part of a name; by default all of them are tried.
  --jobs N   so many at once, by default one for each processor
  --record   write into each patch which suite kills it, so that the next run asks that one first

A mutant is a patch in Mutants/ that changes one line so that it carries a switch. All are applied to a copy of the
tree, which is built once; BATON_MUTANT=17 in the environment chooses one, in child processes as well. Each is given to
the suite that its head names, and to all tests of its room when that one passes. What does not end within its limit
is killed by the limit. The head of a patch, above its first `---`:

  Breaks: what no longer holds, one sentence
  Kind: bounds, descriptors, errno, flags, memory order, order, restart or seals
  Killer: a regular expression over test names
  Soak: the arguments of `baton soak` in a release build that has to fail, where no debug build can
  Equivalent: why no test can tell it from the original; it does not count
  Survives: why there is no test although one could tell; it counts

Fails when less than 95 % are killed, a survivor has no explanation, or an explained one is killed.
"""

import argparse
import concurrent.futures
import filecmp
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / ".build-mutants"
TREE = WORK / "tree"
TESTS = WORK / "build/debug/batonPackageTests.xctest"
BATON = WORK / "release/release/baton"
# The folders below Sources, and the tests of each.
ROOMS = {"CLinux": "CoreTests", "Core": "CoreTests", "Mig": "MigTests", "Net": "NetTests", "Host": "HostTests",
         "QMP": "QMPTests"}
PERCENT_WANTED = 95


class Mutant:
    """One patch: its number and name, the fields of its head, and the tests of its room."""

    def __init__(self, path):
        self.path = path
        self.number = int(path.name[:3])
        self.name = path.stem
        text = path.read_text()
        self.head = dict(re.findall(r"^([A-Z]\w+): (.+)$", text.split("\n--- ")[0], re.MULTILINE))
        room = re.search(r"^--- a/Sources/(\w+)/", text, re.MULTILINE).group(1)
        self.room = f"^{ROOMS[room]}\\."

    @property
    def filters(self):
        """What it is given to, one after the other: arguments of a soak, or regular expressions over tests."""
        if "Soak" in self.head:
            return ["soak " + self.head["Soak"]]
        killer = [self.head["Killer"]] if "Killer" in self.head else []
        return killer + [self.room]

    @property
    def explanation(self):
        return self.head.get("Equivalent") or self.head.get("Survives")

    def record(self, killer):
        """Puts the suite behind the kind, in place of the one that stood there."""
        lines = [line for line in self.path.read_text().split("\n") if not line.startswith("Killer: ")]
        place = next(place for place, line in enumerate(lines) if line.startswith("Kind: "))
        lines.insert(place + 1, f"Killer: {killer}")
        self.path.write_text("\n".join(lines))


# The copy.


def prepare(mutants):
    """Makes the tree with every mutant in it. What did not change keeps its time, so that it is not built again."""
    fresh = WORK / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    hidden = shutil.ignore_patterns(".git", ".build*", "Package.resolved", "Mutants")
    shutil.copytree(ROOT, fresh, ignore=hidden, symlinks=True)
    shutil.copytree(ROOT / "Mutants/Switch", fresh, dirs_exist_ok=True)
    with open(fresh / "Sources/CLinux/include/BatonCLinux.h", "a") as header:
        header.write('#include "mutant.h"\n')
    # Without the ceiling git would find our own repository, and leave files alone that it ignores.
    environment = dict(os.environ, GIT_CEILING_DIRECTORIES=str(WORK))
    patches = [str(mutant.path) for mutant in mutants]
    subprocess.run(
        ["git", "apply", "--unidiff-zero", "--whitespace=nowarn", *patches], cwd=fresh, env=environment, check=True)
    for folder, _, names in os.walk(TREE):
        for name in names:
            old = pathlib.Path(folder, name)
            if not (fresh / old.relative_to(TREE)).exists() and name != "Package.resolved":
                old.unlink()
    for folder, _, names in os.walk(fresh):
        for name in names:
            new = pathlib.Path(folder, name)
            old = TREE / new.relative_to(fresh)
            if not old.exists() or not filecmp.cmp(new, old, shallow=False):
                old.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(new, old)
    shutil.rmtree(fresh)


def build(scratch, *options):
    log = WORK / f"{scratch}.log"
    command = ["swift", "build", "--traits", "Command", "--package-path", TREE, *options]
    with open(log, "w") as output:
        result = subprocess.run([*command, "--scratch-path", WORK / scratch], stdout=output, stderr=output)
    if result.returncode != 0:
        sys.exit(log.read_text())


# A run.


class Run:
    """The tests that a regular expression names, with one mutant or none, until the first of them fails."""

    has_run, is_late, said, failed, running = False, False, None, None, ()

    def __init__(self, number, tests, limit, parallel=True):
        if tests.startswith("soak "):
            self._soak(number, tests, limit)
            return
        with tempfile.NamedTemporaryFile() as events:
            command = [TESTS, "--testing-library", "swift-testing", "--filter", tests]
            command += ["--event-stream-output-path", events.name, "--event-stream-version", "0"]
            command += [] if parallel else ["--no-parallel"]
            environment = dict(os.environ, BATON_MUTANT=str(number), SWIFT_BACKTRACE="enable=no", NO_COLOR="1")
            began = time.monotonic()
            # A session of its own: what the tests start goes with them.
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, errors="replace", start_new_session=True)
            timer = threading.Timer(limit, self._end, [process, True])
            timer.start()
            for line in process.stdout:
                self.has_run = self.has_run or "Test run with" in line
                issue = re.match(r"^✘ Test (.*) recorded an issue", line)
                if issue and not self.said:
                    self.said = issue.group(1)
                    time.sleep(0.3)  # The event follows its line.
                    self._end(process, False)
            self.code = process.wait()
            timer.cancel()
            self._end(process, False)
            self.seconds = time.monotonic() - began
            self._read(events.name)

    def _soak(self, number, arguments, limit):
        """Runs the command instead of tests; what it complains of is what noticed."""
        environment = dict(os.environ, BATON_MUTANT=str(number), SWIFT_BACKTRACE="enable=no")
        began = time.monotonic()
        try:
            result = subprocess.run(
                [BATON, *arguments.split()], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, errors="replace", timeout=limit)
            self.code, lines = result.returncode, result.stdout.splitlines()
        except subprocess.TimeoutExpired:
            self.code, lines, self.is_late = -1, [], True
        self.has_run = True
        if self.code != 0:
            self.said = f"baton {arguments}: " + next((line for line in lines if "LOST" in line), "a trap")
        self.seconds = time.monotonic() - began

    def _end(self, process, is_late):
        self.is_late = self.is_late or is_late
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def _read(self, path):
        """Learns which test failed first, and which had begun and not ended."""
        self.failed, running = None, {}
        for line in open(path, errors="replace"):
            try:
                payload = json.loads(line)["payload"]
            except (ValueError, KeyError):
                continue  # Cut off when the process was killed.
            test, kind = payload.get("testID"), payload.get("kind")
            if kind == "testStarted" and "/" in test:
                running[test] = True
            elif kind == "testEnded":
                running.pop(test, None)
            elif kind == "issueRecorded" and not payload["issue"]["isKnown"]:
                self.failed = self.failed or test
        self.running = list(running)

    @property
    def passed(self):
        return self.code == 0 and not self.is_late

    @property
    def killer(self):
        """What noticed, in words."""
        if self.failed or self.said:
            return shown(self.failed) if self.failed else self.said
        how = "the time limit" if self.is_late else "a trap"
        return f"{how} in {shown(self.running[-1])}" if self.running else how


def shown(test):
    """A test's name without its place in the file."""
    return re.sub(r"/\w+\.swift:\d+:\d+$", "", test)


def suite(test):
    return test.split("/")[0]


# All of them.


class Trial:
    def __init__(self, mutant, limits):
        self.mutant = mutant
        self.seconds = 0
        for self.tests in mutant.filters:
            self.run = Run(mutant.number, self.tests, limits[self.tests])
            self.seconds += self.run.seconds
            if not self.run.passed:
                break

    @property
    def is_killed(self):
        return not self.run.passed

    @property
    def verdict(self):
        head = self.mutant.head
        if self.is_killed:
            wrongly = "although it is explained as a survivor: " if self.mutant.explanation else ""
            return f"{wrongly}killed by {self.run.killer}"
        if "Equivalent" in head:
            return f"equivalent: {head['Equivalent']}"
        return f"SURVIVES: {head.get('Survives', 'without an explanation')}"

    @property
    def is_right(self):
        return self.is_killed != bool(self.mutant.explanation)

    def __str__(self):
        return f"{self.mutant.name:44} {self.mutant.head['Kind']:13} {self.seconds:5.1f} s  {self.verdict}"

    def record(self):
        """Finds the suite that killed it; a test that trapped is the last one that began when they run in turn."""
        run = self.run
        if not run.failed and not run.is_late:
            run = Run(self.mutant.number, self.tests, 300, parallel=False)
        test = run.failed or (run.running[-1] if run.running else None)
        if test:
            self.mutant.record(f"^{re.escape(suite(test))}/")


def measured(mutants):
    """Runs each filter without a mutant, and answers how long each may take with one."""
    limits = {}
    for tests in sorted({tests for mutant in mutants for tests in mutant.filters}):
        run = Run(0, tests, 600)
        if not run.passed or not run.has_run:
            sys.exit(f"mutate: {tests} fails without a mutant: {run.killer}")
        limits[tests] = 20 + 5 * run.seconds
    return limits


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--record", action="store_true")
    parser.add_argument("mutants", nargs="*")
    options = parser.parse_args()
    everything = [Mutant(path) for path in sorted((ROOT / "Mutants").glob("*.patch"))]
    wanted = [
        mutant for mutant in everything
        if not options.mutants or any(
            text == str(mutant.number) or not text.isdigit() and text in mutant.name for text in options.mutants)]
    print(f"mutate: building a tree with {len(everything)} mutants", flush=True)
    prepare(everything)
    build("build", "--build-tests")
    if any("Soak" in mutant.head for mutant in wanted):
        build("release", "-c", "release", "--product", "baton")
    print("mutate: running the tests without a mutant", flush=True)
    limits = measured(wanted)
    trials = []

    def keep(trial):
        trials.append(trial)
        print(f"{len(trials):3}/{len(wanted)} {trial}", flush=True)

    # A soak needs the processors for itself.
    for mutant in wanted:
        if "Soak" in mutant.head:
            keep(Trial(mutant, limits))
    rest = [mutant for mutant in wanted if "Soak" not in mutant.head]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(Trial, mutant, limits) for mutant in rest]):
            keep(done.result())
    trials.sort(key=lambda trial: trial.mutant.number)
    (WORK / "report.txt").write_text("".join(f"{trial}\n" for trial in trials))
    if options.record:
        for trial in trials:
            if trial.is_killed and "Soak" not in trial.mutant.head:
                if trial.tests != trial.mutant.head.get("Killer"):
                    trial.record()
    counted = [trial for trial in trials if "Equivalent" not in trial.mutant.head]
    killed = sum(trial.is_killed for trial in counted)
    score = 100 * killed / max(1, len(counted))
    wrong = [trial for trial in trials if not trial.is_right]
    for trial in wrong:
        print(f"mutate: {trial.mutant.name}: {trial.verdict}")
    print(
        f"mutate: {killed} of {len(counted)} killed, {score:.1f} %; {len(trials) - len(counted)} are equivalent; "
        f"{len(wrong)} are not as their heads say; all in {WORK.name}/report.txt")
    sys.exit(score < PERCENT_WANTED or bool(wrong))


main()
