/*
 * The firmware that is measured: one inference between two marks, then its outputs and its use of the stack on the line.
 * With KILN_BENCH_LAYERS the inference is the observed one, with a mark before and behind each layer.
 */
#include "compiler.h"
#include "plain-network.h"

#include "bench.h"
#include "frame.h"
#include "stack.h"
#include "start.h"
#include "uart.h"

static KILN_CONSTANT uint8_t bench_input[KILN_REQUEST_BYTES] = { KILN_BENCH_INPUT };

#if KILN_BENCH_LAYERS

static void observe(void *context, int32_t layer, const void *result, uint32_t bytes)
{
    bench_mark();
    (void)context;
    (void)layer;
    (void)result;
    (void)bytes;
    bench_mark();
}

/* Called through a pointer that the compiler cannot see through, as the network calls it. */
static KILN_OBSERVER volatile observer = observe;

static void run_layers(const void *const *inputs, void *const *outputs)
{
    observer(0, 0, 0, 0);
    bench_mark();
    KILN_RUN_OBSERVED(inputs, outputs, &arena KILN_STATE_ARGUMENT, observer, 0);
}

#endif

void report_fault(uint32_t cause, uint32_t address)
{
    frame_begin(KILN_FRAME_FAULT, 0, 0, 8);
    frame_word(cause);
    frame_word(address);
    frame_end();
    for (;;) {
    }
}

/* Two marks at first: what a mark itself takes. */
int main(void)
{
    static KILN_CONSTANT uint32_t input_offsets[KILN_INPUTS] = { KILN_INPUT_OFFSETS };
    static KILN_CONSTANT uint32_t input_sizes[KILN_INPUTS] = { KILN_INPUT_SIZES };
    static KILN_CONSTANT uint32_t output_sizes[KILN_OUTPUTS] = { KILN_OUTPUT_SIZES };
    const void *inputs[KILN_INPUTS];
    void *outputs[KILN_OUTPUTS];

    uart_start();
    find_ports(inputs, outputs);
    for (uint32_t i = 0; i < KILN_INPUTS; i++) {
        uint8_t *const input = (uint8_t *)(uintptr_t)inputs[i];
        for (uint32_t at = 0; at < input_sizes[i]; at++) {
            input[at] = bench_input[input_offsets[i] + at];
        }
    }
    start_fresh();
    stack_paint();
    const uint32_t own = stack_depth();
    bench_mark();
    bench_mark();
#if KILN_BENCH_LAYERS
    run_layers(inputs, outputs);
#else
    KILN_RUN(KILN_RUN_ARGUMENTS, &arena KILN_STATE_ARGUMENT);
#endif
    bench_mark();
    const uint32_t used = stack_used();

    for (uint32_t i = 0; i < KILN_OUTPUTS; i++) {
        frame_begin(KILN_FRAME_OUTPUT, 0, (uint8_t)i, output_sizes[i]);
        frame_bytes((const uint8_t *)outputs[i], output_sizes[i]);
        frame_end();
    }
    frame_begin(KILN_FRAME_DONE, 0, used == stack_size() ? 14 : 0, 8);
    frame_word(used);
    frame_word(own);
    frame_end();
    for (;;) {
    }
}
