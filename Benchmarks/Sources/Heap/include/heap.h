// Counts allocations: the program's malloc and its kin stand before glibc's.
#ifndef HEAP_H
#define HEAP_H

/// How often the calling thread has allocated, by malloc, calloc, realloc or with an alignment.
unsigned long heap_allocations(void);

// How many bytes are allocated now, those in mappings of their own as well.
unsigned long heap_bytes(void);

#endif
