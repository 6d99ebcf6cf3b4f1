/*
 * The generated network with its working memory between guards, and one observed inference. Included once, by the harness
 * or by the firmware of a board.
 */
#ifndef KILN_NETWORK_H
#define KILN_NETWORK_H

#include "names.h"

#include <string.h>

#define KILN_GUARD_BYTES 64
#define KILN_GUARD_VALUE 0xA5

/* How a run ended; src/engine.ts has the words. */
enum {
    KILN_DONE = 0,
    KILN_TRACE_LENGTH = 10,
    KILN_ARENA_OVERRUN = 11,
    KILN_OUTPUT_OVERRUN = 12,
    KILN_STREAM = 13,
    KILN_STACK_OVERRUN = 14
};

/* Aligned for every element type; a guard behind what may be written shows a write past the end. */
typedef union {
    int64_t alignment;
    uint8_t bytes[KILN_LARGEST_OUTPUT_BYTES + KILN_GUARD_BYTES];
} kiln_output;

static struct {
    KILN_ARENA arena;
    uint8_t guard[KILN_GUARD_BYTES];
} working_memory;

#if KILN_STATEFUL
static KILN_STATE network_state;
#endif

static kiln_output output_copies[KILN_OUTPUTS];

static void start_fresh(void)
{
#if KILN_STATEFUL
    KILN_RESET(&network_state);
#endif
}

static int guard_is_whole(const uint8_t *guard)
{
    for (uint32_t i = 0; i < KILN_GUARD_BYTES; i++) {
        if (guard[i] != KILN_GUARD_VALUE) {
            return 0;
        }
    }
    return 1;
}

/* Runs one inference under the eyes of the observer; KILN_DONE, or which memory it wrote past the end of. */
static int run_network(const void *const *inputs, KILN_OBSERVER observer, void *context)
{
    static const uint32_t output_sizes[KILN_OUTPUTS] = { KILN_OUTPUT_SIZES };
    void *outputs[KILN_OUTPUTS];

    for (uint32_t i = 0; i < KILN_OUTPUTS; i++) {
        memset(output_copies[i].bytes + output_sizes[i], KILN_GUARD_VALUE, KILN_GUARD_BYTES);
        outputs[i] = output_copies[i].bytes;
    }
    memset(working_memory.guard, KILN_GUARD_VALUE, KILN_GUARD_BYTES);
#if KILN_STATEFUL
    KILN_RUN_OBSERVED(inputs, outputs, &working_memory.arena, &network_state, observer, context);
#else
    KILN_RUN_OBSERVED(inputs, outputs, &working_memory.arena, observer, context);
#endif
    for (uint32_t i = 0; i < KILN_OUTPUTS; i++) {
        if (!guard_is_whole(output_copies[i].bytes + output_sizes[i])) {
            return KILN_OUTPUT_OVERRUN;
        }
    }
    return guard_is_whole(working_memory.guard) ? KILN_DONE : KILN_ARENA_OVERRUN;
}

#endif
