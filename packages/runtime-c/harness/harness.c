/*
 * Runs any generated project on a batch of inputs and keeps what every layer computed.
 *
 * "harness-config.h" stands in the folder of the build and defines
 *   KILN_HEADER         the project's header, in quotes
 *   KILN_PREFIX         the prefix of its names
 *   KILN_BATCH          inferences that are run at once
 *   KILN_INPUTS, KILN_OUTPUTS                          how many of each
 *   KILN_INPUT_SIZES, KILN_OUTPUT_SIZES                bytes of each, separated by commas
 *   KILN_LARGEST_INPUT_BYTES, KILN_LARGEST_OUTPUT_BYTES
 *   KILN_INPUT_BYTES, KILN_TRACE_BYTES                 of one inference
 *   KILN_STATEFUL       1 if the project takes a state: it starts fresh and goes from each inference to the next, else 0
 *
 * On a host: inputs on stdin, traces on stdout; `selftest` as the only argument prints its answer instead.
 * As WebAssembly: the functions at the end, without imports.
 */
#include "harness-config.h"
#include KILN_HEADER

#include <string.h>

#define KILN_PASTE_2(a, b) a##b
#define KILN_PASTE(a, b) KILN_PASTE_2(a, b)
#define KILN_ARENA KILN_PASTE(KILN_PREFIX, _arena)
#define KILN_RUN_OBSERVED KILN_PASTE(KILN_PREFIX, _run_observed)
#define KILN_STATE KILN_PASTE(KILN_PREFIX, _state)
#define KILN_RESET KILN_PASTE(KILN_PREFIX, _reset)
#define KILN_SELFTEST KILN_PASTE(KILN_PREFIX, _selftest)

#define KILN_GUARD_BYTES 64
#define KILN_GUARD_VALUE 0xA5

enum { KILN_DONE = 0, KILN_TRACE_LENGTH = 10, KILN_ARENA_OVERRUN = 11, KILN_OUTPUT_OVERRUN = 12, KILN_STREAM = 13 };

/* Aligned for every element type; a guard behind what may be written shows a write past the end. */
typedef union {
    int64_t alignment;
    uint8_t bytes[KILN_LARGEST_INPUT_BYTES];
} kiln_input;

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

static kiln_input input_copies[KILN_INPUTS];
static kiln_output output_copies[KILN_OUTPUTS];
static uint8_t batch_inputs[KILN_BATCH * KILN_INPUT_BYTES];
static uint8_t batch_traces[KILN_BATCH * KILN_TRACE_BYTES];

typedef struct {
    uint8_t *trace;
    uint32_t used;
} trace_state;

static void observe(void *context, int32_t layer, const void *result, uint32_t bytes)
{
    trace_state *state = (trace_state *)context;
    (void)layer;
    if (bytes <= KILN_TRACE_BYTES - state->used) {
        memcpy(state->trace + state->used, result, bytes);
        state->used += bytes;
    } else {
        state->used = KILN_TRACE_BYTES;
        state->trace = 0;
    }
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

static int run_one(const uint8_t *input, uint8_t *trace)
{
    static const uint32_t input_sizes[KILN_INPUTS] = { KILN_INPUT_SIZES };
    static const uint32_t output_sizes[KILN_OUTPUTS] = { KILN_OUTPUT_SIZES };
    const void *inputs[KILN_INPUTS];
    void *outputs[KILN_OUTPUTS];
    trace_state state;

    for (uint32_t i = 0; i < KILN_INPUTS; i++) {
        memcpy(input_copies[i].bytes, input, input_sizes[i]);
        inputs[i] = input_copies[i].bytes;
        input += input_sizes[i];
    }
    for (uint32_t i = 0; i < KILN_OUTPUTS; i++) {
        memset(output_copies[i].bytes + output_sizes[i], KILN_GUARD_VALUE, KILN_GUARD_BYTES);
        outputs[i] = output_copies[i].bytes;
    }
    memset(working_memory.guard, KILN_GUARD_VALUE, KILN_GUARD_BYTES);
    state.trace = trace;
    state.used = 0;
#if KILN_STATEFUL
    KILN_RUN_OBSERVED(inputs, outputs, &working_memory.arena, &network_state, observe, &state);
#else
    KILN_RUN_OBSERVED(inputs, outputs, &working_memory.arena, observe, &state);
#endif
    if (state.trace == 0 || state.used != KILN_TRACE_BYTES) {
        return KILN_TRACE_LENGTH;
    }
    for (uint32_t i = 0; i < KILN_OUTPUTS; i++) {
        if (!guard_is_whole(output_copies[i].bytes + output_sizes[i])) {
            return KILN_OUTPUT_OVERRUN;
        }
    }
    return guard_is_whole(working_memory.guard) ? KILN_DONE : KILN_ARENA_OVERRUN;
}

static void start_fresh(void)
{
#if KILN_STATEFUL
    KILN_RESET(&network_state);
#endif
}

static int run_batch(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const int status = run_one(batch_inputs + i * KILN_INPUT_BYTES, batch_traces + i * KILN_TRACE_BYTES);
        if (status != KILN_DONE) {
            return status;
        }
    }
    return KILN_DONE;
}

#ifdef __wasm__

#define KILN_EXPORT(name) __attribute__((used, export_name(name)))

#ifdef __cplusplus
extern "C" {
#endif

KILN_EXPORT("kiln_inputs") uint8_t *kiln_inputs(void);
KILN_EXPORT("kiln_traces") uint8_t *kiln_traces(void);
KILN_EXPORT("kiln_start") void kiln_start(void);
KILN_EXPORT("kiln_run") int kiln_run(uint32_t count);
KILN_EXPORT("kiln_selftest") const char *kiln_selftest(void);

uint8_t *kiln_inputs(void)
{
    return batch_inputs;
}

uint8_t *kiln_traces(void)
{
    return batch_traces;
}

/* Puts the state back to its beginning. */
void kiln_start(void)
{
    start_fresh();
}

/* Runs the first `count` inputs of the batch; 0, or why it stopped. */
int kiln_run(uint32_t count)
{
    return run_batch(count);
}

const char *kiln_selftest(void)
{
    return KILN_SELFTEST(&working_memory.arena);
}

#ifdef __cplusplus
}
#endif

#else

#include <stdio.h>

static int run_stream(void)
{
    size_t count;
    start_fresh();
    do {
        count = fread(batch_inputs, KILN_INPUT_BYTES, KILN_BATCH, stdin);
        const int status = run_batch((uint32_t)count);
        if (status != KILN_DONE) {
            return status;
        }
        if (fwrite(batch_traces, KILN_TRACE_BYTES, count, stdout) != count || fflush(stdout) != 0) {
            return KILN_STREAM;
        }
    } while (count == KILN_BATCH);
    return ferror(stdin) ? KILN_STREAM : KILN_DONE;
}

int main(int argument_count, char **arguments)
{
#ifdef KILN_WITH_SELFTEST
    if (argument_count == 2 && strcmp(arguments[1], "selftest") == 0) {
        const char *differing = KILN_SELFTEST(&working_memory.arena);
        if (differing != 0) {
            printf("%s\n", differing);
        }
        return KILN_DONE;
    }
#else
    (void)argument_count;
    (void)arguments;
#endif
    return run_stream();
}

#endif
