/* What it shows: a VMM in C, as small as it can be: source and target of a handover, on an
 * event_base of its own.
 *
 * Usage: host source TAP SOCKET   opens the TAP and boots a guest
 *        host target TAP SOCKET   waits for a guest and its TAP, and is a source from then on
 * Then a line on standard input: "count", "move [SOCKET]", "quit". It speaks as Examples/handover
 * does, and its guest is laid out like that one: each of them can give its guest to the other. */
#include <baton.h>

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

struct host {
  struct event_base *base;
  struct event *input;
  baton_loop *loop;
  baton_net *net;
  baton_guest *guest;
  baton_outgoing *outgoing;
  baton_incoming *incoming;
  const char *socket;
  int is_running;
  int result;
  size_t held;
  char line[256];
};

static void say(const char *text) {
  printf("%s\n", text);
  fflush(stdout);
}

/* For tests: dies as a process does that is killed, at the step that the environment names. */
static void may_die(const char *step) {
  const char *chosen = getenv("DIE_AT");
  if (chosen && !strcmp(chosen, step)) raise(SIGKILL);
}

/* Ends the program for what is its own mistake, or what it cannot go on without. */
static void must(int answer, const baton_refusal *why, const char *what) {
  if (answer >= 0) return;
  fprintf(stderr, "%s: %s\n", what, why ? why->text : "misuse");
  exit(1);
}

static void *ram(struct host *host) { return baton_guest_memory(host->guest, 0, RAM_BYTES); }

/* The guest runs for as long as there is something to do; then it rings for both queues. */
static void step(struct host *host) {
  if (!host->is_running || !ram(host)) return;
  guest_step(ram(host));
  baton_net_notify(host->net, TRANSMIT);
  baton_net_notify(host->net, RECEIVE);
}

/* What the library asks of the guest. */

static int guest_is_running(void *context) { return ((struct host *)context)->is_running; }

static void guest_stop(void *context) { ((struct host *)context)->is_running = 0; }

static void guest_start(void *context) {
  struct host *host = context;
  host->is_running = 1;
  /* An interrupt that came while the guest stood still is not repeated. */
  step(host);
}

static int guest_adopt(baton_guest *guest, baton_refusal *why, void *context) {
  may_die("adopt");
  return baton_net_attach(((struct host *)context)->net, guest, why);
}

static void net_interrupt(unsigned queue, void *context) {
  (void)queue;
  step(context);
}

static void leave(struct host *host, int result) {
  host->result = result;
  event_base_loopbreak(host->base);
}

/* What the library tells of a migration. */

static void ended_outgoing(int status, void *context) {
  struct host *host = context;
  baton_refusal why;
  if (status == BATON_STATUS_COMPLETED) may_die("given");
  say(baton_status_name(status));
  BATON_INIT(why);
  if (baton_outgoing_refusal(host->outgoing, &why) == 1) say(why.text);
  if (status == BATON_STATUS_COMPLETED) leave(host, 0);
}

static void ended_incoming(int status, void *context) {
  struct host *host = context;
  baton_refusal why;
  baton_stamps stamps;
  may_die(baton_status_name(status));
  say(baton_status_name(status));
  BATON_INIT(why);
  if (baton_incoming_refusal(host->incoming, &why) == 1) say(why.text);
  if (status == BATON_STATUS_FAILED || status == BATON_STATUS_CANCELLED) leave(host, 1);
  BATON_INIT(stamps);
  if (status != BATON_STATUS_COMPLETED || baton_incoming_stamps(host->incoming, &stamps)) return;
  printf("the guest stood still: %llu us, %llu of them after its stop\n",
         (unsigned long long)(stamps.started - stamps.begun) / 1000,
         (unsigned long long)(stamps.started - stamps.stopped) / 1000);
  fflush(stdout);
}

static void warned(const baton_refusal *why, void *context) {
  (void)context;
  printf("warning: %s\n", why->text);
  fflush(stdout);
}

/* The host. */

static void make(struct host *host, const char *tap) {
  const unsigned char mac[6] = {0x52, 0x54, 0, 0, 0, 2};
  const baton_region layout = {0, RAM_BYTES};
  baton_refusal why;
  baton_guest_calls guest;
  baton_net_options options;
  baton_net_calls net;
  BATON_INIT(why);
  must(baton_loop_create_on(host->base, &host->loop, &why), &why, "loop");
  BATON_INIT(guest);
  guest.is_running = guest_is_running;
  guest.stop = guest_stop;
  guest.start = guest_start;
  guest.adopt = guest_adopt;
  must(baton_guest_create(host->loop, &layout, 1, &guest, host, &host->guest, &why), &why,
       "guest");
  BATON_INIT(options);
  options.interface_name = tap;
  memcpy(options.mac, mac, sizeof mac);
  BATON_INIT(net);
  net.interrupt = net_interrupt;
  must(baton_net_create(host->loop, "net0", &options, 1, NULL, NULL, &net, host, &host->net, &why),
       &why, "net0");
}

static void make_migrations(struct host *host) {
  baton_device *device = baton_net_device(host->net);
  baton_migration_calls calls;
  BATON_INIT(calls);
  calls.warning = warned;
  calls.status = ended_outgoing;
  must(baton_outgoing_create(host->loop, host->guest, &device, 1, NULL, NULL, &calls, host,
                             &host->outgoing),
       NULL, "outgoing");
  calls.status = ended_incoming;
  must(baton_incoming_create(host->loop, host->guest, &device, 1, NULL, NULL, &calls, host,
                             &host->incoming),
       NULL, "incoming");
}

/* Boots the guest: fresh memory, and its driver finds the device. */
static void boot(struct host *host) {
  baton_refusal why;
  int queue;
  BATON_INIT(why);
  must(baton_net_open(host->net, &why), &why, "net0");
  must(baton_guest_allocate(host->guest, &why), &why, "ram");
  must(baton_net_attach(host->net, host->guest, &why), &why, "net0");
  baton_net_set_status(host->net, 1 | 2);
  baton_net_set_features(host->net, 1ULL << 32 | 1ULL << 5);
  baton_net_set_status(host->net, 8);
  for (queue = RECEIVE; queue <= TRANSMIT; queue++) {
    must(baton_net_set_queue(host->net, queue, RING_SIZE, ring_descriptors(queue),
                             ring_available(queue), ring_used(queue)),
         NULL, "queue");
    must(baton_net_set_queue_ready(host->net, queue), NULL, "queue");
  }
  baton_net_set_status(host->net, 4);
  guest_boot(ram(host));
  guest_start(host);
}

static void move(struct host *host, const char *socket) {
  char address[200];
  baton_parameters parameters;
  baton_refusal why;
  snprintf(address, sizeof address, "unix:%s", socket);
  BATON_INIT(parameters);
  parameters.transfers = 1;
  BATON_INIT(why);
  if (baton_outgoing_migrate(host->outgoing, address, &parameters, &why)) say(why.text);
}

static void await(struct host *host) {
  char address[200];
  baton_parameters parameters;
  baton_refusal why;
  snprintf(address, sizeof address, "unix:%s", host->socket);
  BATON_INIT(parameters);
  parameters.transfers = 1;
  BATON_INIT(why);
  must(baton_net_await(host->net, &why), &why, "net0");
  must(baton_incoming_listen(host->incoming, address, &parameters, &why), &why, host->socket);
}

static void obey(struct host *host, const char *line) {
  if (!strcmp(line, "quit")) leave(host, 0);
  else if (!strcmp(line, "move")) move(host, host->socket);
  else if (!strncmp(line, "move ", 5)) move(host, line + 5);
  else if (!host->is_running) say("no guest");
  else {
    printf("echoed %llu\n", (unsigned long long)guest_echoed(ram(host)));
    fflush(stdout);
  }
}

/* Lines of standard input; at its end nobody asks any more, and the guest goes on. */
static void hear(int input, short what, void *context) {
  struct host *host = context;
  ssize_t count;
  char *end;
  (void)what;
  count = read(input, host->line + host->held, sizeof host->line - 1 - host->held);
  if (count <= 0) {
    event_del(host->input);
    return;
  }
  host->held += (size_t)count;
  host->line[host->held] = 0;
  while ((end = strchr(host->line, '\n'))) {
    *end = 0;
    obey(host, host->line);
    host->held -= (size_t)(end + 1 - host->line);
    memmove(host->line, end + 1, host->held + 1);
  }
  if (host->held == sizeof host->line - 1) host->held = 0;
}

/* What uses goes before what it uses. */
static void clean(struct host *host) {
  must(baton_outgoing_destroy(host->outgoing), NULL, "outgoing");
  must(baton_incoming_destroy(host->incoming), NULL, "incoming");
  must(baton_net_destroy(host->net), NULL, "net0");
  must(baton_guest_destroy(host->guest), NULL, "guest");
  must(baton_loop_destroy(host->loop), NULL, "loop");
  event_free(host->input);
  event_base_free(host->base);
}

int main(int count, char **words) {
  struct host host;
  memset(&host, 0, sizeof host);
  if (count != 4 || (strcmp(words[1], "source") && strcmp(words[1], "target"))) {
    fprintf(stderr, "usage: host source|target TAP SOCKET\n");
    return 2;
  }
  host.socket = words[3];
  host.base = event_base_new();
  if (!host.base) return 1;
  make(&host, words[2]);
  make_migrations(&host);
  host.input = event_new(host.base, 0, EV_READ | EV_PERSIST, hear, &host);
  if (!host.input || event_add(host.input, NULL)) return 1;
  if (!strcmp(words[1], "source")) boot(&host);
  else await(&host);
  say(strcmp(words[1], "source") ? "listening" : "running");
  event_base_dispatch(host.base);
  clean(&host);
  return host.result;
}
