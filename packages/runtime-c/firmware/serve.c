/*
 * The firmware that proves a network on a board: runs the self-test, says so, then serves requests over the serial line.
 * docs/protocol.md describes them. Everything that an answer needs is sent while it is computed, so that beside the
 * network's own memory only the inputs take room.
 */
#include "compiler.h"
#include "network.h"

#include "frame.h"
#include "stack.h"
#include "start.h"
#include "timer.h"
#include "uart.h"

/* The argument of KILN_FRAME_RUN. */
#define RUN_LAYERS 1u
#define RUN_CHECKSUMS 2u
#define RUN_FRESH 4u
#define RUN_TIME 8u

/* The layer's number in the time of a whole inference. */
#define WHOLE_INFERENCE 0xFFFFFFFFu

/* All inputs, each at a multiple of eight, and the checksum that comes behind them. */
static union {
    int64_t alignment;
    uint8_t bytes[KILN_REQUEST_BYTES + 4];
} request;

static const char *selftest_result;

/* Of the request that was accepted last; 0 is none. */
static uint8_t last_sequence;

typedef struct {
    uint8_t sequence;
    uint8_t wanted;
    /* When the layer began that runs now. */
    uint32_t began;
} reply_context;

static void send_text(const char *text)
{
    while (*text != '\0') {
        uart_write((uint8_t)*text);
        text++;
    }
}

static void send_ready(uint8_t sequence)
{
    frame_begin(KILN_FRAME_READY, sequence, selftest_result == 0 ? 0 : 1, 12u + sizeof KILN_PREFIX_TEXT - 1u);
    frame_word(KILN_REQUEST_BYTES);
    frame_word(KILN_TRACE_BYTES);
    frame_word(stack_size());
    frame_bytes(KILN_PREFIX_TEXT, sizeof KILN_PREFIX_TEXT - 1u);
    frame_end();
}

static void send_time(uint8_t sequence, uint32_t layer, uint32_t cycles)
{
    frame_begin(KILN_FRAME_TIME, sequence, 0, 8);
    frame_word(layer);
    frame_word(cycles);
    frame_end();
}

static void observe(void *context, int32_t layer, const void *result, uint32_t bytes)
{
    reply_context *reply = (reply_context *)context;
    const uint32_t ended = timer_now();
    if ((reply->wanted & RUN_TIME) != 0u) {
        send_time(reply->sequence, (uint32_t)layer, ended - reply->began);
    }
    if ((reply->wanted & RUN_LAYERS) != 0u) {
        frame_begin(KILN_FRAME_LAYER, reply->sequence, 0, 4u + bytes);
        frame_word((uint32_t)layer);
        frame_bytes(result, bytes);
        frame_end();
    }
    if ((reply->wanted & RUN_CHECKSUMS) != 0u) {
        frame_begin(KILN_FRAME_CHECKSUM, reply->sequence, 0, 12u);
        frame_word((uint32_t)layer);
        frame_word(bytes);
        frame_word(frame_checksum(result, bytes));
        frame_end();
    }
    reply->began = timer_now();
}

/*
 * One inference as it is shipped, by the clock, which runs on. Afterwards the state is fresh.
 * Returns 0, and has done nothing, where the core has no clock.
 */
static int time_network(const void *const *inputs, uint8_t sequence)
{
    void *outputs[KILN_OUTPUTS];
    for (uint32_t i = 0; i < KILN_OUTPUTS; i++) {
        outputs[i] = output_copies[i].bytes;
    }
    if (timer_start() == 0) {
        return 0;
    }
    start_fresh();
    const uint32_t began = timer_now();
#if KILN_STATEFUL
    KILN_RUN(KILN_RUN_ARGUMENTS, &working_memory.arena, &network_state);
#else
    KILN_RUN(KILN_RUN_ARGUMENTS, &working_memory.arena);
#endif
    send_time(sequence, WHOLE_INFERENCE, timer_now() - began);
    start_fresh();
    return 1;
}

static void run_request(const frame_head *head)
{
    static KILN_CONSTANT uint32_t input_offsets[KILN_INPUTS] = { KILN_INPUT_OFFSETS };
    static KILN_CONSTANT uint32_t output_sizes[KILN_OUTPUTS] = { KILN_OUTPUT_SIZES };
    const void *inputs[KILN_INPUTS];
    reply_context reply = { head->sequence, head->argument, 0 };

    for (uint32_t i = 0; i < KILN_INPUTS; i++) {
        inputs[i] = request.bytes + input_offsets[i];
    }
    if ((head->argument & RUN_FRESH) != 0u) {
        start_fresh();
    }
    if ((head->argument & RUN_TIME) != 0u && time_network(inputs, head->sequence) == 0) {
        reply.wanted &= (uint8_t)~RUN_TIME;
    }
    stack_paint();
    reply.began = timer_now();
    int status = run_network(inputs, observe, &reply);
    timer_stop();
    const uint32_t used = stack_used();
    if (status == KILN_DONE && used == stack_size()) {
        status = KILN_STACK_OVERRUN;
    }
    for (uint32_t i = 0; i < KILN_OUTPUTS; i++) {
        frame_begin(KILN_FRAME_OUTPUT, head->sequence, (uint8_t)i, output_sizes[i]);
        frame_bytes(output_copies[i].bytes, output_sizes[i]);
        frame_end();
    }
    frame_begin(KILN_FRAME_DONE, head->sequence, (uint8_t)status, 4);
    frame_word(used);
    frame_end();
}

static void selftest_request(const frame_head *head)
{
    selftest_result = KILN_SELFTEST(&working_memory.arena);
    const char *layer = selftest_result == 0 ? "" : selftest_result;
    frame_begin(KILN_FRAME_SELFTEST_RESULT, head->sequence, selftest_result == 0 ? 0 : 1, (uint32_t)strlen(layer));
    frame_bytes(layer, (uint32_t)strlen(layer));
    frame_end();
}

void report_fault(uint32_t cause, uint32_t address)
{
    frame_begin(KILN_FRAME_FAULT, 0, 0, 8);
    frame_word(cause);
    frame_word(address);
    frame_end();
    restart();
}

static void refuse(uint8_t sequence, uint8_t reason)
{
    frame_begin(KILN_FRAME_REFUSED, sequence, reason, 0);
    frame_end();
}

static void serve(const frame_head *head)
{
    const uint32_t expected = head->type == KILN_FRAME_RUN ? KILN_REQUEST_BYTES : 0u;
    if (head->type != KILN_FRAME_HELLO && head->type != KILN_FRAME_SELFTEST && head->type != KILN_FRAME_RUN) {
        refuse(head->sequence, KILN_TYPE);
        return;
    }
    if (head->length != expected) {
        refuse(head->sequence, KILN_LENGTH);
        return;
    }
    if (head->type == KILN_FRAME_HELLO) {
        last_sequence = 0;
        send_ready(head->sequence);
        return;
    }
    frame_begin(KILN_FRAME_ACCEPTED, head->sequence, 0, 0);
    frame_end();
    /* Asked again because an answer was lost on the way: the network's state must not go on twice. */
    if (head->sequence == last_sequence) {
        return;
    }
    last_sequence = head->sequence;
    if (head->type == KILN_FRAME_RUN) {
        run_request(head);
    } else {
        selftest_request(head);
    }
}

int main(void)
{
    uart_start();
    start_fresh();
    selftest_result = KILN_SELFTEST(&working_memory.arena);
    send_text("\r\n" KILN_PREFIX_TEXT " on " KILN_BOARD_TEXT ", by Kiln. Self-test: ");
    send_text(selftest_result == 0 ? "passed" : "differs in layer ");
    send_text(selftest_result == 0 ? "" : selftest_result);
    send_text("\r\n");
    send_ready(0);
    for (;;) {
        frame_head head;
        const uint8_t reason = frame_receive(&head, request.bytes, sizeof request.bytes);
        if (reason != 0u) {
            refuse(head.sequence, reason);
        } else {
            serve(&head);
        }
    }
}
