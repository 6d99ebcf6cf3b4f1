/*
 * Runs any generated project on a batch of inputs and keeps what every layer computed.
 *
 * On a host: inputs on stdin, traces on stdout; `selftest` as the only argument prints its answer instead.
 * As WebAssembly: the functions at the end, without imports.
 */
#include "network.h"

/* Aligned for every element type. */
typedef union {
    int64_t alignment;
    uint8_t bytes[KILN_LARGEST_INPUT_BYTES];
} kiln_input;

static kiln_input input_copies[KILN_INPUTS];
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

static int run_one(const uint8_t *input, uint8_t *trace)
{
    static const uint32_t input_sizes[KILN_INPUTS] = { KILN_INPUT_SIZES };
    const void *inputs[KILN_INPUTS];
    trace_state state = { trace, 0 };

    for (uint32_t i = 0; i < KILN_INPUTS; i++) {
        memcpy(input_copies[i].bytes, input, input_sizes[i]);
        inputs[i] = input_copies[i].bytes;
        input += input_sizes[i];
    }
    const int status = run_network(inputs, observe, &state);
    return state.trace == 0 || state.used != KILN_TRACE_BYTES ? KILN_TRACE_LENGTH : status;
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
