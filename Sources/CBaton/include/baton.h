/* libbaton: hands a running guest's network (a live TAP) to another process of the host.
 *
 * C11 and C++17. Include this file only; the parts in baton/ belong to it.
 *
 * Rules that hold everywhere, unless a function says otherwise:
 *
 * Results   Functions answer an int: BATON_OK (0), a positive number that they describe, or one of
 *           BATON_REFUSED, BATON_MISUSE. No error of Swift's, no exception and no signal handler
 *           crosses this interface, and nothing is installed process-wide, unless the host asks for
 *           it (baton_survive_shrinking).
 * why       Where there is a `why`, it may be NULL. After BATON_REFUSED it says what was not done:
 *           cause, property, both values, call and errno, and one line of text. After BATON_MISUSE
 *           its cause is BATON_CAUSE_MISUSE and its text says which rule was broken.
 * Misuse    NULL or a destroyed handle, another thread than the loop's, or a call from a callback
 *           that may not make it. Nothing was done then. A library that was built for debugging
 *           writes the sentence to standard error and ends the process instead. A destroyed handle
 *           is seen until the same thread has destroyed 1024 others of any kind after it; later its
 *           address may mean another object of that thread.
 * Threads   Whoever makes a loop calls everything that was made on it from the thread that drives
 *           it, and is called on it. baton_mailbox_post is the one function for other threads.
 * Owners    What baton_X_create made, baton_X_destroy ends; it is refused as misuse while another
 *           handle uses it (docs/EMBEDDING-C.md has the table). Strings, arrays and structs are
 *           read during the call, and need not outlive it. The context of callbacks is yours: it
 *           has to live as long as the object that it was given to.
 * Numbers   A descriptor that is given as a number stays yours, unless said otherwise.
 * Structs   The first member is `size`: set it by BATON_INIT, which clears the rest. Zero means the
 *           default everywhere. Structs grow at their ends; a library reads and writes no more than
 *           `size` bytes, and takes what it does not find there for zero.
 */
#ifndef BATON_H
#define BATON_H

#include "baton/base.h"
#include "baton/chart.h"
#include "baton/device.h"
#include "baton/guest.h"
#include "baton/loop.h"
#include "baton/migration.h"
#include "baton/net.h"
#include "baton/port.h"
#include "baton/trace.h"

#endif
