/*
 * What the compiler must be kept from, in every file of the firmware that calls its own functions; the generated C keeps it
 * from the same. On Cortex-M0 gcc -Os frees stack by popping into r0 to r3, which callers believe unchanged (seen in 12.2).
 */
#ifndef KILN_COMPILER_H
#define KILN_COMPILER_H

#if defined(__GNUC__) && !defined(__clang__) && defined(__thumb__) && !defined(__thumb2__)
#pragma GCC optimize("no-ipa-ra")
#endif

/* Constants stay in flash where that has addresses of its own. */
#if defined(__AVR__) && defined(__FLASH)
#define KILN_CONSTANT const __flash
/* Else gcc merges equal tables of both memories, and reads the one as if it were the other (seen in 5.4). */
#pragma GCC optimize("no-ipa-icf")
#else
#define KILN_CONSTANT const
#endif

#endif
