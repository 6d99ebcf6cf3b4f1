/* A clock of the core's own cycles. Each family has one, beside its start-up code. */
#ifndef KILN_TIMER_H
#define KILN_TIMER_H

#include <stdint.h>

/* Returns 0 where the core has no such clock. */
int timer_start(void);
/* Cycles since the start, modulo 2^32. */
uint32_t timer_now(void);
void timer_stop(void);

#endif
