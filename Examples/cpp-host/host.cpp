// What it shows: a VMM in C++17, as small as it can be: source and target of a handover, on an
// epoll loop of its own, which waits for the library as for everything else.
//
// Usage: cpp-host source TAP SOCKET   opens the TAP and boots a guest
//        cpp-host target TAP SOCKET   waits for a guest and its TAP, and is a source from then on
// Then a line on standard input: "count", "move [SOCKET]", "quit". It speaks as Examples/c-host
// does, and has its guest.
#include "baton.hpp"

extern "C" {
#include "guest.h"
}

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace {

void say(const std::string &text) { std::cout << text << std::endl; }

// For tests: dies as a process does that is killed, at the step that the environment names.
void may_die(const char *step) {
  const char *chosen = std::getenv("DIE_AT");
  if (chosen && !std::strcmp(chosen, step)) raise(SIGKILL);
}

// A descriptor that closes itself.
class Descriptor {
public:
  explicit Descriptor(int opened) : number(opened) {
    if (opened < 0) throw std::system_error(errno, std::generic_category());
  }
  Descriptor(Descriptor &&) = delete;
  ~Descriptor() { close(number); }
  const int number;
};

// What the host waits for.
class Poll {
public:
  void add(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    if (epoll_ctl(set.number, EPOLL_CTL_ADD, descriptor, &event))
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  void remove(int descriptor) { epoll_ctl(set.number, EPOLL_CTL_DEL, descriptor, nullptr); }
  // One that is ready; level-triggered, so that the others are told the next time.
  int wait() {
    epoll_event event{};
    int count = epoll_wait(set.number, &event, 1, -1);
    if (count < 0 && errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "epoll_wait");
    return count == 1 ? event.data.fd : -1;
  }

private:
  Descriptor set{epoll_create1(EPOLL_CLOEXEC)};
};

baton_net_options options(const char *tap) {
  const unsigned char mac[6] = {0x52, 0x54, 0, 0, 0, 2};
  auto options = baton::made<baton_net_options>();
  options.interface_name = tap;
  std::memcpy(options.mac, mac, sizeof mac);
  return options;
}

baton_parameters parameters() {
  auto parameters = baton::made<baton_parameters>();
  parameters.transfers = 1;
  return parameters;
}

class Host : public baton::GuestCalls, public baton::NetCalls {
public:
  Host(const char *tap, const char *path)
      : guest(loop, {{0, RAM_BYTES}}, *this), net(loop, "net0", options(tap), true, *this),
        outgoing(loop, guest, {net.device()}, leaving),
        incoming(loop, guest, {net.device()}, coming), socket(path) {
    for (unsigned queue : {RECEIVE, TRANSMIT}) net.interrupt_by(queue, interrupts.number);
    for (int number : {loop.descriptor(), interrupts.number, STDIN_FILENO}) poll.add(number);
  }

  void boot();
  void await();
  int run();

  bool is_running() override { return running; }
  void stop() noexcept override { running = false; }
  void start() override;
  void adopt(baton_guest *here) override;

private:
  void *ram() const { return guest.memory(0, RAM_BYTES); }
  void step();
  void hear();
  void obey(const std::string &line);
  void move(const std::string &to);
  void leave(int with) { result = with; }

  struct Leaving : baton::MigrationCalls {
    explicit Leaving(Host &whole) : host(whole) {}
    void status(int status) override;
    void warning(const baton_refusal &why) override { say(std::string("warning: ") + why.text); }
    Host &host;
  };
  struct Coming : Leaving {
    using Leaving::Leaving;
    void status(int status) override;
  };

  // What uses comes after what it uses, and so ends before it.
  Poll poll;
  Descriptor interrupts{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  Leaving leaving{*this};
  Coming coming{*this};
  baton::Loop loop;
  baton::Guest guest;
  baton::Net net;
  baton::Outgoing outgoing;
  baton::Incoming incoming;
  std::string socket;
  std::string held;
  bool running = false;
  // What the program ends with, once it does.
  std::optional<int> result;
};

// The guest runs for as long as there is something to do; then it rings for both queues.
void Host::step() {
  if (!running || !ram()) return;
  guest_step(ram());
  net.notify(TRANSMIT);
  net.notify(RECEIVE);
}

void Host::start() {
  running = true;
  // An interrupt that came while the guest stood still is not repeated.
  step();
}

void Host::adopt(baton_guest *here) {
  may_die("adopt");
  net.attach(here);
}

// Boots the guest: fresh memory, and its driver finds the device.
void Host::boot() {
  net.open();
  guest.allocate();
  net.attach(guest.get());
  baton_net *device = net.get();
  baton_net_set_status(device, 1 | 2);
  baton_net_set_features(device, 1ULL << 32 | 1ULL << 5);
  baton_net_set_status(device, 8);
  for (int queue : {RECEIVE, TRANSMIT}) {
    baton::check(baton_net_set_queue(device, queue, RING_SIZE, ring_descriptors(queue),
                                     ring_available(queue), ring_used(queue)),
                 "queue");
    baton::check(baton_net_set_queue_ready(device, queue), "queue");
  }
  baton_net_set_status(device, 4);
  guest_boot(ram());
  start();
}

void Host::await() {
  net.await();
  incoming.listen("unix:" + socket, parameters());
}

void Host::move(const std::string &to) {
  try {
    outgoing.migrate("unix:" + to, parameters());
  } catch (const baton::Refused &refused) {
    say(refused.what());
  }
}

void Host::Leaving::status(int status) {
  if (status == BATON_STATUS_COMPLETED) may_die("given");
  say(baton_status_name(status));
  if (auto why = host.outgoing.refusal(); !why.empty()) say(why);
  if (status == BATON_STATUS_COMPLETED) host.leave(0);
}

void Host::Coming::status(int status) {
  may_die(baton_status_name(status));
  say(baton_status_name(status));
  if (auto why = host.incoming.refusal(); !why.empty()) say(why);
  if (status == BATON_STATUS_FAILED || status == BATON_STATUS_CANCELLED) host.leave(1);
  if (status != BATON_STATUS_COMPLETED) return;
  auto stamps = host.incoming.stamps();
  say("the guest stood still: " + std::to_string((stamps.started - stamps.begun) / 1000) + " us, " +
      std::to_string((stamps.started - stamps.stopped) / 1000) + " of them after its stop");
}

void Host::obey(const std::string &line) {
  if (line == "quit") leave(0);
  else if (line == "move") move(socket);
  else if (line.compare(0, 5, "move ") == 0) move(line.substr(5));
  else if (!running) say("no guest");
  else say("echoed " + std::to_string(guest_echoed(ram())));
}

// Lines of standard input; at its end nobody asks any more, and the guest goes on.
void Host::hear() {
  char bytes[256];
  ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
  if (count <= 0) return poll.remove(STDIN_FILENO);
  held.append(bytes, size_t(count));
  for (size_t end; (end = held.find('\n')) != std::string::npos; held.erase(0, end + 1))
    obey(held.substr(0, end));
}

int Host::run() {
  const int library = loop.descriptor();
  while (!result) {
    int ready = poll.wait();
    if (ready == library) loop.turn();
    if (ready == STDIN_FILENO) hear();
    eventfd_t count;
    if (ready == interrupts.number && !eventfd_read(interrupts.number, &count)) step();
  }
  return *result;
}

} // namespace

int main(int count, char **words) {
  const std::string role = count == 4 ? words[1] : "";
  if (role != "source" && role != "target") {
    std::cerr << "usage: cpp-host source|target TAP SOCKET\n";
    return 2;
  }
  try {
    Host host(words[2], words[3]);
    role == "source" ? host.boot() : host.await();
    say(role == "source" ? "running" : "listening");
    return host.run();
  } catch (const std::exception &error) {
    std::cerr << words[3] << ": " << error.what() << "\n";
    return 1;
  }
}
