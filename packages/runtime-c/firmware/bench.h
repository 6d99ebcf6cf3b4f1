/* Where a stretch that is measured ends and the next one begins. An emulator that counts knows the function's address. */
#ifndef KILN_BENCH_H
#define KILN_BENCH_H

void bench_mark(void);

#endif
