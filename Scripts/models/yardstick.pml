/* The yardstick of `baton explore yardstick`, written a second time, for SPIN: see Sources/Testing/Models.
 * Flat by design: one process, one d_step for each action, channels as three bytes, so that the states that SPIN stores
 * are the valuations of these variables. Budgets come as -DCRASHES=1 and so on. */
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef LOSSES
#define LOSSES 0
#endif
#ifndef DUPLICATES
#define DUPLICATES 0
#endif
#ifndef FAILURES
#define FAILURES 0
#endif
#ifndef RESTARTS
#define RESTARTS 0
#endif
#ifndef QUEUES
#define QUEUES 1
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 1
#endif
#define ALL ((1 << QUEUES) - 1)

/* source */
#define S_RUN 0
#define S_OFFER 1
#define S_QUIET 2
#define S_SENT 3
#define S_COMMIT 4
#define S_CANCEL 5
#define S_DONE 6
#define S_DEAD 7
#define S_HALT 8
/* target */
#define T_IDLE 0
#define T_ACCEPTED 1
#define T_READY 2
#define T_START 3
#define T_RUN 4
#define T_DEAD 5
#define T_EXIT 6
/* to the target */
#define OFFER 1
#define FD 2
#define STATE 3
#define COMMIT 4
#define CANCEL 5
/* to the source */
#define ACCEPT 1
#define READY 2
#define NACK 3
#define RUNNING 4
#define ABORTED 5

byte s, t, epoch, seen, sent, held, sdue, tdue;
byte crashes = CRASHES, losses = LOSSES, duplicates = DUPLICATES, failures = FAILURES, restarts = RESTARTS;
bit gone, ran;
byte a0, a1, a2; /* to the target */
byte b0, b1, b2; /* to the source */
byte m; /* the message that is being read; 0 between steps */

#define ROOM (a2 == 0 || t >= T_DEAD)
#define L(k, e) ((k) | ((e) << 5))
/* what is sent to the dead is gone */
inline put_a(x) { if :: t >= T_DEAD -> skip :: t < T_DEAD && a0 == 0 -> a0 = x :: t < T_DEAD && a0 != 0 && a1 == 0 -> a1 = x :: else -> a2 = x fi }
inline put_b(x) { if :: s >= S_DONE -> skip :: s < S_DONE && b0 == 0 -> b0 = x :: s < S_DONE && b0 != 0 && b1 == 0 -> b1 = x
  :: else -> b2 = x fi }
inline get_a() { m = a0; a0 = a1; a1 = a2; a2 = 0 }
inline get_b() { m = b0; b0 = b1; b1 = b2; b2 = 0 }
inline refuse(k) { t = T_IDLE; held = 0; tdue = L(k, seen) }

active proctype handover() {
end:
  do
  /* the source */
  :: d_step { s == S_RUN && epoch < ATTEMPTS && t == T_IDLE && ROOM ->
      epoch++; sent = 0; s = S_OFFER; put_a(L(OFFER, epoch)) }
  :: d_step { s == S_OFFER || s == S_QUIET || s == S_SENT -> s = S_CANCEL; sdue = CANCEL }
  :: d_step { s == S_QUIET && ROOM ->
      if
      :: sent < QUEUES -> put_a(L(FD, epoch) | (sent << 3)); sent++
      :: else -> put_a(L(STATE, epoch)); s = S_SENT
      fi }
  :: d_step { sdue != 0 && ROOM -> put_a(L(sdue, epoch)); sdue = 0 }
  :: d_step { s < S_DONE && b0 != 0 ->
      get_b();
      if
      :: m >> 5 == epoch && (m & 7) == ACCEPT && s == S_OFFER -> s = S_QUIET
      :: m >> 5 == epoch && (m & 7) == READY && s == S_SENT -> s = S_COMMIT; sdue = COMMIT
      :: m >> 5 == epoch && (((m & 7) == NACK && s != S_RUN) || ((m & 7) == ABORTED && s == S_CANCEL)) -> s = S_RUN; sdue = 0; gone = 0
      :: m >> 5 == epoch && (m & 7) == RUNNING && s == S_COMMIT -> s = S_DONE; sdue = 0
      :: else -> skip
      fi;
      m = 0 }
  :: d_step { s > S_RUN && s < S_DONE && gone == 1 && b0 == 0 ->
      gone = 0; sdue = 0;
      if :: s == S_COMMIT && LOSSES > 0 -> s = S_HALT :: else -> s = S_RUN fi }
  :: d_step { (LOSSES > 0 && a0 == 0 && b0 == 0 && sdue == 0 && tdue == 0
              && (s == S_OFFER || s == S_SENT || s == S_COMMIT || s == S_CANCEL)) ->
      if
      :: s == S_OFFER -> sdue = OFFER
      :: s == S_SENT -> s = S_QUIET; sent = 0
      :: s == S_COMMIT -> sdue = COMMIT
      :: s == S_CANCEL -> sdue = CANCEL
      fi }

  /* the target */
  :: d_step { t < T_DEAD && a0 != 0 ->
      get_a();
      if
      :: t < T_START && (m & 7) == OFFER && m >> 5 > seen ->
        seen = m >> 5; t = T_ACCEPTED; held = 0; tdue = L(ACCEPT, seen)
      :: (t == T_IDLE || (t < T_START && m >> 5 > seen)) && !((m & 7) == OFFER && m >> 5 > seen) ->
        if :: t == T_IDLE -> skip :: else -> seen = m >> 5; t = T_IDLE; held = 0 fi;
        if
        :: (m & 7) == CANCEL -> tdue = L(ABORTED, m >> 5)
        :: (m & 7) == FD -> skip
        :: else -> tdue = L(NACK, m >> 5)
        fi
      :: t == T_ACCEPTED && m >> 5 == seen ->
        if
        :: (m & 7) == OFFER -> tdue = L(ACCEPT, seen)
        :: (m & 7) == FD -> held = held | (1 << ((m >> 3) & 3))
        :: (m & 7) == STATE && held == ALL -> t = T_READY; tdue = L(READY, seen)
        :: (m & 7) == STATE && held != ALL -> refuse(NACK)
        :: (m & 7) == CANCEL -> refuse(ABORTED)
        :: else -> skip
        fi
      :: t == T_READY && m >> 5 == seen ->
        if
        :: (m & 7) == COMMIT -> t = T_START; tdue = L(RUNNING, seen)
        :: (m & 7) == CANCEL -> refuse(ABORTED)
        :: (m & 7) == STATE -> tdue = L(READY, seen)
        :: else -> skip
        fi
      :: (t == T_START || t == T_RUN) && (m & 7) == COMMIT -> tdue = L(RUNNING, m >> 5)
      :: else -> skip
      fi;
      m = 0 }
  :: d_step { t == T_ACCEPTED && a0 != 0 && (a0 & 7) == STATE && a0 >> 5 == seen && failures > 0 && held == ALL ->
      get_a(); m = 0; failures--; refuse(NACK) }
  :: d_step { tdue != 0 && (b2 == 0 || s >= S_DONE) -> put_b(tdue); tdue = 0 }
  :: d_step { t == T_START && tdue == 0 -> t = T_RUN; ran = 1 }
  :: d_step { t < T_START && s == S_DEAD && a0 == 0 ->
      tdue = 0;
      if :: t == T_READY -> t = T_START :: else -> t = T_EXIT; held = 0 fi }

  /* chance */
  :: d_step { crashes > 0 && s < S_DONE -> crashes--; s = S_DEAD; sdue = 0; b0 = 0; b1 = 0; b2 = 0 }
  :: d_step { crashes > 0 && t < T_DEAD ->
      crashes--; t = T_DEAD; held = 0; tdue = 0; a0 = 0; a1 = 0; a2 = 0;
      if :: s == S_RUN -> gone = 0 :: else -> gone = 1 fi }
  :: d_step { restarts > 0 && t == T_DEAD && s == S_RUN ->
      restarts--; t = T_IDLE; seen = 0; a0 = 0; a1 = 0; a2 = 0; b0 = 0; b1 = 0; b2 = 0 }
  :: d_step { losses > 0 && a0 != 0 -> losses--; a0 = a1; a1 = a2; a2 = 0 }
  :: d_step { losses > 0 && b0 != 0 -> losses--; b0 = b1; b1 = b2; b2 = 0 }
  :: d_step { duplicates > 0 && a0 != 0 && a2 == 0 -> duplicates--; put_a(a0) }
  :: d_step { duplicates > 0 && s < S_DONE && b0 != 0 && b2 == 0 -> duplicates--; put_b(b0) }
  od
}
