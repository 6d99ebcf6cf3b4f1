/*
 * What generated C may use of the C library, for a compiler that has none of the target's: enough to compile to an object file.
 * ISO C99, section 7.21.2.
 */
#ifndef KILN_FREESTANDING_STRING_H
#define KILN_FREESTANDING_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);

#endif
