// What it shows: what becomes of exceptions in callbacks of baton.hpp. A guest whose memory cannot
// be adopted is not moved, and what was thrown comes out of Loop::turn; a refusal only refuses.
#include "baton.hpp"

#include <cstdlib>
#include <iostream>
#include <unistd.h>

namespace {

void must(bool holds, const char *what) {
  if (holds) return;
  std::cerr << "not so: " << what << "\n";
  std::exit(1);
}

struct Guest : baton::GuestCalls {
  enum Way { takes, throws, refuses } way = takes;
  bool running = false;

  bool is_running() override { return running; }
  void stop() noexcept override { running = false; }
  void start() override { running = true; }
  void adopt(baton_guest *) override {
    if (way == throws) throw std::runtime_error("thrown in adopt");
    if (way == refuses) throw baton::Refused(BATON_CAUSE_INVALID, 3, 1, 2);
  }
};

struct Told : baton::MigrationCalls {
  int last = BATON_STATUS_NONE;
  void status(int status) override { last = status; }
  bool is_over() const {
    return last == BATON_STATUS_COMPLETED || last == BATON_STATUS_FAILED;
  }
};

// Moves a guest within this process; what came out of the loop.
std::string move(Guest::Way way, int expected) {
  Guest here, there;
  Told left, came;
  here.running = true;
  there.way = way;
  baton::Loop loop;
  const std::vector<baton_region> layout = {{0, 65536}};
  baton::Guest source(loop, layout, here), target(loop, layout, there);
  source.allocate();
  baton::Outgoing outgoing(loop, source, {}, left);
  baton::Incoming incoming(loop, target, {}, came);
  const std::string address = "unix:/tmp/baton-cpp-" + std::to_string(getpid());
  const auto parameters = baton::made<baton_parameters>();
  incoming.listen(address, parameters);
  outgoing.migrate(address, parameters);
  std::string thrown;
  // Each side gives up after 5 s of silence, so that this ends.
  while (!left.is_over()) {
    try {
      loop.turn(true);
    } catch (const std::exception &error) {
      thrown = error.what();
    }
  }
  must(left.last == expected, "the status of the source");
  must(here.running != there.running, "the guest runs at one side");
  must(here.running == (expected == BATON_STATUS_FAILED), "at the side that has it");
  if (way == Guest::refuses) {
    auto why = baton::made<baton_refusal>();
    must(baton_outgoing_refusal(outgoing.get(), &why) == 1, "there is a refusal");
    must(why.cause == BATON_CAUSE_INVALID && why.field == 3, "it is the target's");
  }
  return thrown;
}

} // namespace

int main() {
  must(move(Guest::takes, BATON_STATUS_COMPLETED).empty(), "nothing is thrown");
  must(move(Guest::throws, BATON_STATUS_FAILED) == "thrown in adopt", "it comes out of turn");
  must(move(Guest::refuses, BATON_STATUS_FAILED).empty(), "a refusal is not thrown");
  std::cout << "exceptions: three moves, one exception, one refusal" << std::endl;
}
