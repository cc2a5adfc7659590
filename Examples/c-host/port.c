/* What it shows: the network of a guest whose VMM speaks vhost-user, served by a process in C that
 * another one takes it over from: source and target, on a loop of the library's own.
 *
 * Usage: port source TAP MIGRATION VMM   opens the TAP, and serves who connects to VMM
 *        port target TAP MIGRATION VMM   waits for a port, and is a source from then on
 * Then a line on standard input: "move", "count", "quit". Examples/rust-host has the same in Rust:
 * each of them gives its port to the other.
 *
 * For tests, two devices that are nothing but steps move with the port, one before it and one
 * behind: DIE_AT=before-take kills this process there, and KILL_AT=before-take the process whose
 * number is in KILLED. */
#include <baton.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct host {
  baton_loop *loop;
  baton_watch *input;
  baton_port *port;
  baton_device *steps[2];
  baton_outgoing *outgoing;
  baton_incoming *incoming;
  const char *migration;
  int result;
  size_t held;
  char line[256];
};

static void say(const char *text) {
  printf("%s\n", text);
  fflush(stdout);
}

/* For tests: ends as a process does that is killed, or ends the other side so. */
static void may_die(const char *place, const char *step) {
  const char *mine = getenv("DIE_AT"), *its = getenv("KILL_AT"), *killed = getenv("KILLED");
  char name[64];
  snprintf(name, sizeof name, "%s-%s", place, step);
  if (its && killed && !strcmp(its, name)) kill((pid_t)atol(killed), SIGKILL);
  if (mine && !strcmp(mine, name)) raise(SIGKILL);
}

/* Ends the program for what is its own mistake, or what it cannot go on without. */
static void must(int answer, const baton_refusal *why, const char *what) {
  if (answer >= 0) return;
  fprintf(stderr, "%s: %s\n", what, why ? why->text : "misuse");
  exit(1);
}

/* The steps of a move, as a device that has no state sees them. Its context is its name. */

static int describe(baton_writer *writer, baton_refusal *why, void *context) {
  (void)writer, (void)why;
  may_die(context, "describe");
  return BATON_OK;
}
static size_t lend(int *descriptors, size_t limit, void *context) {
  (void)descriptors, (void)limit;
  may_die(context, "lend");
  return 0;
}
static int quiesce(baton_refusal *why, void *context) {
  (void)why;
  may_die(context, "quiesce");
  return BATON_OK;
}
static int save(baton_writer *writer, baton_refusal *why, void *context) {
  (void)writer, (void)why;
  may_die(context, "save");
  return BATON_OK;
}
static int inspect(const void *bytes, size_t count, const int *descriptors, size_t their_count,
                   baton_refusal *why, void *context) {
  (void)bytes, (void)count, (void)descriptors, (void)their_count, (void)why;
  may_die(context, "inspect");
  return BATON_REOPENS;
}
static int load(const void *bytes, size_t count, baton_refusal *why, void *context) {
  (void)bytes, (void)count, (void)why;
  may_die(context, "load");
  return BATON_OK;
}
static int take(baton_refusal *why, void *context) {
  (void)why;
  may_die(context, "take");
  return BATON_OK;
}
static void activate(void *context) { may_die(context, "activate"); }
static void discard(void *context) { may_die(context, "discard"); }
static void release(void *context) { may_die(context, "release"); }

/* What the port tells. */

static void connected(int process, void *context) {
  (void)context;
  printf("connected: %s\n", process > 0 ? "a process" : "nobody knows who");
  fflush(stdout);
}
static void left(const char *reason, void *context) {
  (void)context;
  printf("left: %s\n", reason ? reason : "by itself");
  fflush(stdout);
}
static void wrong(const baton_refusal *why, void *context) {
  (void)context;
  printf("warning: %s\n", why->text);
  fflush(stdout);
}
static void broken(unsigned ring, const char *reason, void *context) {
  (void)context;
  printf("warning: ring %u: %s\n", ring, reason);
  fflush(stdout);
}

/* What a migration tells. */

static void leave(struct host *host, int result) {
  host->result = result;
  baton_loop_stop(host->loop);
}

static void ended_outgoing(int status, void *context) {
  struct host *host = context;
  baton_refusal why;
  may_die("source", baton_status_name(status));
  say(baton_status_name(status));
  BATON_INIT(why);
  if (baton_outgoing_refusal(host->outgoing, &why) == 1) say(why.text);
  if (status == BATON_STATUS_COMPLETED) leave(host, 0);
}

static void ended_incoming(int status, void *context) {
  struct host *host = context;
  baton_refusal why;
  may_die("target", baton_status_name(status));
  if (status == BATON_STATUS_COMPLETED)
    printf("the rings stood still: %llu us\n",
           (unsigned long long)baton_port_blackout(host->port) / 1000);
  say(baton_status_name(status));
  BATON_INIT(why);
  if (baton_incoming_refusal(host->incoming, &why) == 1) say(why.text);
  if (status == BATON_STATUS_FAILED || status == BATON_STATUS_CANCELLED) leave(host, 1);
}

/* The host. */

static void make_port(struct host *host, const char *tap, const char *vmm, int incoming) {
  baton_refusal why;
  baton_port_options options;
  baton_port_calls calls;
  BATON_INIT(why);
  BATON_INIT(options);
  options.path = vmm;
  options.interface_name = tap;
  BATON_INIT(calls);
  calls.connected = connected;
  calls.left = left;
  calls.turned_away = wrong;
  calls.ring_broken = broken;
  calls.lost = wrong;
  calls.warned = wrong;
  must(baton_port_create(host->loop, "net0", &options, incoming, NULL, NULL, &calls, host,
                         &host->port, &why),
       &why, "net0");
}

static void make_steps(struct host *host) {
  static char *names[2] = {"before", "behind"};
  baton_refusal why;
  baton_device_calls calls;
  int place;
  BATON_INIT(why);
  BATON_INIT(calls);
  calls.describe = describe;
  calls.lend = lend;
  calls.quiesce = quiesce;
  calls.save = save;
  calls.inspect = inspect;
  calls.load = load;
  calls.take = take;
  calls.activate = activate;
  calls.discard = discard;
  calls.release = release;
  for (place = 0; place < 2; place++)
    must(baton_device_create(host->loop, names[place], "steps", &calls, names[place],
                             &host->steps[place], &why),
         &why, names[place]);
}

static void make_migrations(struct host *host) {
  baton_device *devices[3];
  baton_migration_calls calls;
  devices[0] = host->steps[0];
  devices[1] = baton_port_device(host->port);
  devices[2] = host->steps[1];
  BATON_INIT(calls);
  calls.warning = wrong;
  calls.status = ended_outgoing;
  must(baton_outgoing_create(host->loop, NULL, devices, 3, NULL, NULL, &calls, host,
                             &host->outgoing),
       NULL, "outgoing");
  calls.status = ended_incoming;
  must(baton_incoming_create(host->loop, NULL, devices, 3, NULL, NULL, &calls, host,
                             &host->incoming),
       NULL, "incoming");
}

static int begin(struct host *host, int listens, baton_refusal *why) {
  char address[200];
  baton_parameters parameters;
  snprintf(address, sizeof address, "unix:%s", host->migration);
  BATON_INIT(parameters);
  parameters.transfers = 1;
  return listens ? baton_incoming_listen(host->incoming, address, &parameters, why)
                 : baton_outgoing_migrate(host->outgoing, address, &parameters, why);
}

static void obey(struct host *host, const char *line) {
  baton_refusal why;
  BATON_INIT(why);
  if (!strcmp(line, "quit")) leave(host, 0);
  else if (!strcmp(line, "move")) {
    if (begin(host, 0, &why)) say(why.text);
  } else {
    printf("VMMs %u\n", baton_port_front_ends(host->port));
    fflush(stdout);
  }
}

/* Lines of standard input; at its end nobody asks any more, and the port goes on. */
static void hear(unsigned ready, void *context) {
  struct host *host = context;
  ssize_t count = read(0, host->line + host->held, sizeof host->line - 1 - host->held);
  char *end;
  (void)ready;
  if (count <= 0) {
    baton_watch_suspend(host->input);
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

/* What uses goes before what it uses. A port that was given away has nothing to close. */
static void clean(struct host *host) {
  int place;
  must(baton_outgoing_destroy(host->outgoing), NULL, "outgoing");
  must(baton_incoming_destroy(host->incoming), NULL, "incoming");
  must(baton_port_close(host->port), NULL, "net0");
  while (!baton_port_is_closed(host->port)) baton_loop_turn(host->loop, 1);
  must(baton_port_destroy(host->port), NULL, "net0");
  for (place = 0; place < 2; place++)
    must(baton_device_destroy(host->steps[place]), NULL, "steps");
  must(baton_watch_destroy(host->input), NULL, "input");
  must(baton_loop_destroy(host->loop), NULL, "loop");
}

int main(int count, char **words) {
  struct host host;
  baton_refusal why;
  int listens;
  memset(&host, 0, sizeof host);
  if (count != 5 || (strcmp(words[1], "source") && strcmp(words[1], "target"))) {
    fprintf(stderr, "usage: port source|target TAP MIGRATION VMM\n");
    return 2;
  }
  listens = !strcmp(words[1], "target");
  host.migration = words[3];
  BATON_INIT(why);
  must(baton_loop_create(&host.loop, &why), &why, "loop");
  must(baton_watch_create(host.loop, 0, BATON_READ, hear, &host, &host.input), NULL, "input");
  make_port(&host, words[2], words[4], listens);
  make_steps(&host);
  make_migrations(&host);
  if (listens) must(begin(&host, 1, &why), &why, host.migration);
  say(listens ? "listening" : "serving");
  baton_loop_run(host.loop);
  clean(&host);
  return host.result;
}
