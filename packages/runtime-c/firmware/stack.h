/* How deep the stack has been: free stack is filled with a pattern, and what still holds it was never used. */
#ifndef KILN_STACK_H
#define KILN_STACK_H

#include <stdint.h>

/* Fills the stack below the caller. */
void stack_paint(void);
/* Bytes that were in use at the deepest point since the last paint. */
uint32_t stack_used(void);
/* Bytes that are in use now, the caller's among them. */
uint32_t stack_depth(void);
/* Bytes that are watched, from the end of the memory downwards. All of them in use means more may have been. */
uint32_t stack_size(void);

#endif
