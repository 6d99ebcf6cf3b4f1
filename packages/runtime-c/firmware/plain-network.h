/* The generated network and the memory that it takes, as a firmware that does nothing else has them. Included once. */
#ifndef KILN_PLAIN_NETWORK_H
#define KILN_PLAIN_NETWORK_H

#include "board-config.h"
#include "names.h"

#if !KILN_IO_IN_ARENA
/* All inputs, each at a multiple of eight. */
static union {
    int64_t alignment;
    uint8_t bytes[KILN_REQUEST_BYTES];
} input_memory;

static union {
    int64_t alignment;
    uint8_t bytes[KILN_LARGEST_OUTPUT_BYTES];
} output_memory[KILN_OUTPUTS];
#endif

static KILN_ARENA arena;

/* What stands behind the arena in a call. */
#if KILN_STATEFUL
static KILN_STATE state;
#define KILN_STATE_ARGUMENT , &state
#else
#define KILN_STATE_ARGUMENT
#endif

static void find_ports(const void **inputs, void **outputs)
{
#if KILN_IO_IN_ARENA
    static KILN_CONSTANT uint32_t input_places[KILN_INPUTS] = { KILN_INPUT_PLACES };
    static KILN_CONSTANT uint32_t output_places[KILN_OUTPUTS] = { KILN_OUTPUT_PLACES };
    for (uint32_t i = 0; i < KILN_INPUTS; i++) {
        inputs[i] = (uint8_t *)&arena + input_places[i];
    }
    for (uint32_t i = 0; i < KILN_OUTPUTS; i++) {
        outputs[i] = (uint8_t *)&arena + output_places[i];
    }
#else
    static KILN_CONSTANT uint32_t input_offsets[KILN_INPUTS] = { KILN_INPUT_OFFSETS };
    for (uint32_t i = 0; i < KILN_INPUTS; i++) {
        inputs[i] = input_memory.bytes + input_offsets[i];
    }
    for (uint32_t i = 0; i < KILN_OUTPUTS; i++) {
        outputs[i] = output_memory[i].bytes;
    }
#endif
}

static void start_fresh(void)
{
#if KILN_STATEFUL
    KILN_RESET(&state);
#endif
}

#endif
