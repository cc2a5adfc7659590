// What it shows: libbaton for C++17, by what the language has: handles that are moved and never
// copied and end by themselves, refusals as exceptions, and callbacks as classes. Take the file.
//
// No exception goes through the library. What a callback throws becomes a refusal where there can
// be one, and is thrown again where Loop::turn returns. Whoever is called (the *Calls below) has to
// outlive the handle that it was given to, and a handle ends before what it was made with.
#ifndef BATON_HPP
#define BATON_HPP

#include <baton.h>

#include <cstdio>
#include <exception>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace baton {

template <class Struct> Struct made() {
  Struct value;
  BATON_INIT(value);
  return value;
}

// What was not done, and why.
class Refused : public std::runtime_error {
public:
  explicit Refused(const baton_refusal &said) : std::runtime_error(said.text), why(said) {}
  // For a callback that refuses: numbers only, since the text is the library's.
  explicit Refused(int cause, unsigned field = 0, uint64_t here = 0, uint64_t there = 0)
      : std::runtime_error("refused"), why(made<baton_refusal>()) {
    baton_refuse(&why, cause, field, here, there, 0);
  }
  baton_refusal why;
};

// Runs a function that says why: ask([&](auto *why) { return baton_net_open(net, why); })
template <class Body> int ask(Body body) {
  auto why = made<baton_refusal>();
  int answer = body(&why);
  if (answer < 0) throw Refused(why);
  return answer;
}

// The answer of a function that does not.
inline int check(int answer, const char *call) {
  if (answer == BATON_REFUSED) throw Refused(BATON_CAUSE_WRONG_STATE);
  if (answer < 0) throw std::logic_error(std::string(call) + ": misuse");
  return answer;
}

// Ends a handle. What cannot be ended is still used, and going on would use it after its end.
template <class T, int (*destroy)(T *)> struct End {
  void operator()(T *handle) const noexcept {
    if (destroy(handle) == BATON_OK) return;
    std::fputs("a handle of libbaton ends while it is used\n", stderr);
    std::terminate();
  }
};
template <class T, int (*destroy)(T *)> using Handle = std::unique_ptr<T, End<T, destroy>>;

// A loop of the library's own. It stays where it is, since what is made on it knows it.
class Loop {
public:
  Loop() {
    baton_loop *made = nullptr;
    ask([&](auto *why) { return baton_loop_create(&made, why); });
    handle.reset(made);
  }
  Loop(Loop &&) = delete;

  baton_loop *get() const { return handle.get(); }

  // Readable whenever turn has something to do.
  int descriptor() {
    int number = -1;
    ask([&](auto *why) { return baton_loop_descriptor(get(), &number, why); });
    return number;
  }

  // One round; throws what a callback has thrown in it, or before it.
  bool turn(bool waits = false) {
    int answer = baton_loop_turn(get(), waits);
    if (thrown) std::rethrow_exception(std::exchange(thrown, nullptr));
    return check(answer, "baton_loop_turn") == 1;
  }

  // For callbacks: keeps the exception that is being handled until the round is over.
  void keep() noexcept {
    if (!thrown) thrown = std::current_exception();
  }

private:
  Handle<baton_loop, baton_loop_destroy> handle;
  std::exception_ptr thrown;
};

// What the library calls; a handle that is made with it says on which loop.
class Called {
public:
  Called() = default;
  Called(Called &&) = delete;
  virtual ~Called() = default;
  Loop *loop = nullptr;
};

// Calls the host, and lets nothing through.
template <class Calls, class Body> auto enter(void *context, Body body) noexcept {
  auto &calls = *static_cast<Calls *>(context);
  try {
    return body(calls);
  } catch (...) {
    calls.loop->keep();
    return decltype(body(calls))();
  }
}

// The same for what may refuse: by Refused, which is not thrown again.
template <class Calls, class Body>
int enter_refusing(void *context, baton_refusal *why, Body body) noexcept {
  auto &calls = *static_cast<Calls *>(context);
  try {
    body(calls);
    return BATON_OK;
  } catch (const Refused &refused) {
    const auto &said = refused.why;
    baton_refuse(why, said.cause, said.field, said.here.number, said.there.number, said.error);
  } catch (...) {
    calls.loop->keep();
    baton_refuse(why, BATON_CAUSE_WRONG_STATE, 0, 0, 0, 0);
  }
  return BATON_REFUSED;
}

// How the library speaks to the guest; see baton_guest_calls.
class GuestCalls : public Called {
public:
  virtual bool is_running() = 0;
  // After an exception nobody knows whether it stands still: the process ends.
  virtual void stop() noexcept = 0;
  virtual void start() = 0;
  virtual void adopt(baton_guest *guest) = 0;
  virtual void discard() {}
  virtual void release() {}
};

class Guest {
public:
  Guest(Loop &loop, const std::vector<baton_region> &layout, GuestCalls &called) {
    auto given = made<baton_guest_calls>();
    given.is_running = [](void *to) -> int {
      return enter<GuestCalls>(to, [](auto &calls) { return calls.is_running(); });
    };
    given.stop = [](void *to) { static_cast<GuestCalls *>(to)->stop(); };
    given.start = [](void *to) { enter<GuestCalls>(to, [](auto &calls) { calls.start(); }); };
    given.adopt = [](baton_guest *guest, baton_refusal *why, void *to) {
      return enter_refusing<GuestCalls>(to, why, [=](auto &calls) { calls.adopt(guest); });
    };
    given.discard = [](void *to) { enter<GuestCalls>(to, [](auto &calls) { calls.discard(); }); };
    given.release = [](void *to) { enter<GuestCalls>(to, [](auto &calls) { calls.release(); }); };
    called.loop = &loop;
    baton_guest *made = nullptr;
    ask([&](auto *why) {
      return baton_guest_create(loop.get(), layout.data(), layout.size(), &given, &called, &made,
                                why);
    });
    handle.reset(made);
  }

  baton_guest *get() const { return handle.get(); }
  void allocate() {
    ask([&](auto *why) { return baton_guest_allocate(get(), why); });
  }
  // nullptr while there is no memory.
  void *memory(uint64_t address, size_t count) const {
    return baton_guest_memory(get(), address, count);
  }

private:
  Handle<baton_guest, baton_guest_destroy> handle;
};

// How a device speaks to the host; see baton_net_calls.
class NetCalls : public Called {
public:
  virtual void interrupt(unsigned queue) { (void)queue; }
  virtual void configuration() {}
  virtual void lost(const baton_refusal &why) { (void)why; }
};

class Net {
public:
  Net(Loop &loop, const char *name, const baton_net_options &options, bool transfers,
      NetCalls &called) {
    auto given = made<baton_net_calls>();
    given.interrupt = [](unsigned queue, void *to) {
      enter<NetCalls>(to, [=](auto &calls) { calls.interrupt(queue); });
    };
    given.configuration = [](void *to) {
      enter<NetCalls>(to, [](auto &calls) { calls.configuration(); });
    };
    given.lost = [](const baton_refusal *why, void *to) {
      enter<NetCalls>(to, [=](auto &calls) { calls.lost(*why); });
    };
    called.loop = &loop;
    baton_net *made = nullptr;
    ask([&](auto *why) {
      return baton_net_create(loop.get(), name, &options, transfers, nullptr, nullptr, &given,
                              &called, &made, why);
    });
    handle.reset(made);
  }

  baton_net *get() const { return handle.get(); }
  baton_device *device() const { return baton_net_device(get()); }
  void open() {
    ask([&](auto *why) { return baton_net_open(get(), why); });
  }
  void await() {
    ask([&](auto *why) { return baton_net_await(get(), why); });
  }
  void attach(baton_guest *guest) {
    ask([&](auto *why) { return baton_net_attach(get(), guest, why); });
  }
  void notify(unsigned queue) { check(baton_net_notify(get(), queue), "baton_net_notify"); }
  // The descriptor has to stay open for as long as the device, or until the next one.
  void interrupt_by(unsigned queue, int eventfd) {
    check(baton_net_interrupt_by(get(), queue, eventfd), "baton_net_interrupt_by");
  }

private:
  Handle<baton_net, baton_net_destroy> handle;
};

// What a migration tells; see baton_migration_calls.
class MigrationCalls : public Called {
public:
  virtual void status(int status) = 0;
  virtual void warning(const baton_refusal &why) { (void)why; }

  static baton_migration_calls given() {
    auto given = made<baton_migration_calls>();
    given.status = [](int status, void *to) {
      enter<MigrationCalls>(to, [=](auto &calls) { calls.status(status); });
    };
    given.warning = [](const baton_refusal *why, void *to) {
      enter<MigrationCalls>(to, [=](auto &calls) { calls.warning(*why); });
    };
    return given;
  }
};

// One side of a migration: what both have, by the names of their functions.
template <class T, auto create, int (*destroy)(T *), auto refusal_of, auto stamps_of> class Side {
public:
  Side(Loop &loop, const Guest &guest, std::initializer_list<baton_device *> devices,
       MigrationCalls &called) {
    auto given = MigrationCalls::given();
    called.loop = &loop;
    T *made = nullptr;
    check(create(loop.get(), guest.get(), devices.begin(), devices.size(), nullptr, nullptr, &given,
                 &called, &made),
          "a migration");
    handle.reset(made);
  }

  T *get() const { return handle.get(); }
  // Why the last attempt did not end in completed; empty when there is nothing to say.
  std::string refusal() const {
    auto why = made<baton_refusal>();
    return refusal_of(get(), &why) == 1 ? why.text : "";
  }
  baton_stamps stamps() const {
    auto stamps = made<baton_stamps>();
    check(stamps_of(get(), &stamps), "stamps");
    return stamps;
  }

private:
  Handle<T, destroy> handle;
};

class Outgoing : public Side<baton_outgoing, baton_outgoing_create, baton_outgoing_destroy,
                             baton_outgoing_refusal, baton_outgoing_stamps> {
public:
  using Side::Side;
  void migrate(const std::string &to, const baton_parameters &parameters) {
    ask([&](auto *why) { return baton_outgoing_migrate(get(), to.c_str(), &parameters, why); });
  }
  void cancel() { check(baton_outgoing_cancel(get()), "baton_outgoing_cancel"); }
};

class Incoming : public Side<baton_incoming, baton_incoming_create, baton_incoming_destroy,
                             baton_incoming_refusal, baton_incoming_stamps> {
public:
  using Side::Side;
  void listen(const std::string &at, const baton_parameters &parameters) {
    ask([&](auto *why) { return baton_incoming_listen(get(), at.c_str(), &parameters, why); });
  }
};

} // namespace baton

#endif
