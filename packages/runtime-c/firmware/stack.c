#include "stack.h"

#define PAINT 0xC5C5C5C5u
/* The painter's own frame. */
#define MARGIN_WORDS 16

extern uint32_t __stack_bottom[];
extern uint32_t __stack_top[];

void stack_paint(void)
{
    volatile uint32_t *end = (volatile uint32_t *)__builtin_frame_address(0) - MARGIN_WORDS;
    for (volatile uint32_t *word = __stack_bottom; word < end; word++) {
        *word = PAINT;
    }
}

uint32_t stack_used(void)
{
    const uint32_t *word = __stack_bottom;
    while (word < __stack_top && *word == PAINT) {
        word++;
    }
    return (uint32_t)((uintptr_t)__stack_top - (uintptr_t)word);
}

uint32_t stack_depth(void)
{
    return (uint32_t)((uintptr_t)__stack_top - (uintptr_t)__builtin_frame_address(0));
}

uint32_t stack_size(void)
{
    return (uint32_t)((uintptr_t)__stack_top - (uintptr_t)__stack_bottom);
}
