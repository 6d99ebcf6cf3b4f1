/* The least that a firmware needs around the network: one inference, to see what the network takes on a board. */
#include "compiler.h"
#include "board-config.h"
#include "names.h"
#include "start.h"

static union {
    int64_t alignment;
    uint8_t bytes[KILN_REQUEST_BYTES];
} input_memory;

static union {
    int64_t alignment;
    uint8_t bytes[KILN_LARGEST_OUTPUT_BYTES];
} output_memory[KILN_OUTPUTS];

static KILN_ARENA arena;

#if KILN_STATEFUL
static KILN_STATE state;
#endif

void report_fault(uint32_t cause, uint32_t address)
{
    (void)cause;
    (void)address;
    restart();
}

int main(void)
{
    static const uint32_t input_offsets[KILN_INPUTS] = { KILN_INPUT_OFFSETS };
    const void *inputs[KILN_INPUTS];
    void *outputs[KILN_OUTPUTS];
    for (uint32_t i = 0; i < KILN_INPUTS; i++) {
        inputs[i] = input_memory.bytes + input_offsets[i];
    }
    for (uint32_t i = 0; i < KILN_OUTPUTS; i++) {
        outputs[i] = output_memory[i].bytes;
    }
#if KILN_STATEFUL
    KILN_RESET(&state);
    KILN_RUN(KILN_RUN_ARGUMENTS, &arena, &state);
#else
    KILN_RUN(KILN_RUN_ARGUMENTS, &arena);
#endif
    return 0;
}
