#ifndef BATON_CLINUX_H
#define BATON_CLINUX_H
/// `errno` of this thread, read at once after a refused call.
int clinux_errno(void);
#endif
