/* What the start of every core does the same: memory, the stack's paint, faults. */
#ifndef KILN_START_H
#define KILN_START_H

#include <stdint.h>

/* Fills variables, paints the stack and runs `main`; comes back never. */
void start_main(void);

/* Says on the line what the core stumbled over and starts the board again: `cause` and `address` as the core counts them. */
void report_fault(uint32_t cause, uint32_t address);

/* The core's own way of starting again. */
void restart(void);

int main(void);

#endif
