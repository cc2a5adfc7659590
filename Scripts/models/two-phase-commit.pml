/* Two-phase commit (Gray and Lamport 2006), for SPIN: see Sources/Testing/Models. -DMANAGERS=3, 5, 7 or 8. */
#ifndef MANAGERS
#define MANAGERS 3
#endif
#define ALL ((1 << MANAGERS) - 1)

/* managers: working 0, prepared 1, committed 2, aborted 3; the coordinator: at work 0, committed 1, aborted 2 */
byte rm[MANAGERS];
byte tm;
int known, said;
bit commit, abort;

/* hears that i is prepared; prepares; aborts by itself; hears commit; hears abort */
#define MANAGER(i) \
  :: d_step { tm == 0 && (said >> i & 1) == 1 -> known = known | (1 << i) } \
  :: d_step { rm[i] == 0 -> rm[i] = 1; said = said | (1 << i) } \
  :: d_step { rm[i] == 0 -> rm[i] = 3 } \
  :: d_step { commit == 1 -> rm[i] = 2 } \
  :: d_step { abort == 1 -> rm[i] = 3 }

active proctype protocol() {
end:
  do
  :: d_step { tm == 0 && known == ALL -> tm = 1; commit = 1 }
  :: d_step { tm == 0 -> tm = 2; abort = 1 }
  MANAGER(0)
#if MANAGERS > 1
  MANAGER(1)
#endif
#if MANAGERS > 2
  MANAGER(2)
#endif
#if MANAGERS > 3
  MANAGER(3)
  MANAGER(4)
#endif
#if MANAGERS > 5
  MANAGER(5)
  MANAGER(6)
#endif
#if MANAGERS > 7
  MANAGER(7)
#endif
  od
}
