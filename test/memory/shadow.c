/*
 * A shadow of the network's memory. The compiler calls __tsan_read and __tsan_write before each access of the generated C; the
 * functions here take the place of its own. For each byte the shadow knows whose value it holds: every read must find the value of
 * an input of the layer that runs, or what the layer itself wrote. With arguments, the order of accesses of each layer is shown.
 */
#include "shadow-config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { INPUT, OUTPUT, SCRATCH };

typedef struct {
    int step, role, buffer, offset, bytes, tensor, again_from, again_to, again_step;
} region;

static const region regions[] = { SHADOW_REGIONS };
static const int last_results[] = { SHADOW_LAST_RESULTS };
enum { REGIONS = sizeof regions / sizeof regions[0], STEPS = sizeof last_results / sizeof last_results[0] };

static int64_t memory[SHADOW_BUFFERS][SHADOW_WORDS];
static int holds[SHADOW_BUFFERS][8 * SHADOW_WORDS];
static int64_t first_write[8 * SHADOW_WORDS], last_read[8 * SHADOW_WORDS];
static int64_t now;
static int step, faults, show;

static void fault(const char *what, const region *r, long at)
{
    if (faults++ < 10) {
        printf("step %d: %s byte %ld of a region of %d, tensor %d\n", step, what, at, r == 0 ? 0 : r->bytes, r == 0 ? -9 : r->tensor);
    }
}

static const region *find(int buffer, long at, int role)
{
    for (int i = 0; i < REGIONS; i++) {
        const region *r = &regions[i];
        if (r->step == step && r->buffer == buffer && r->role == role && at >= r->offset && at < r->offset + r->bytes) {
            return r;
        }
    }
    return 0;
}

static int discarded(const region *in, long at)
{
    const long channel = in->again_step == 0 ? -1 : (at - in->offset) % in->again_step;
    return channel >= in->again_from && channel < in->again_to;
}

static void access_byte(int buffer, long at, int writes)
{
    const region *in = find(buffer, at, INPUT);
    const region *out = find(buffer, at, OUTPUT);
    const region *scratch = find(buffer, at, SCRATCH);
    int *held = &holds[buffer][at];
    now++;
    if (writes) {
        if (out == 0 && scratch == 0) {
            fault("writes", in, at);
        }
        *held = out != 0 ? out->tensor : -1;
        if (out != 0 && first_write[at - out->offset] == 0) {
            first_write[at - out->offset] = now;
        }
        return;
    }
    if (in != 0 && discarded(in, at) && last_read[at - in->offset] != 0) {
        return;
    }
    if (in != 0 && (scratch == 0 || *held != -1)) {
        if (*held != in->tensor) {
            fault("reads", in, at);
        }
        last_read[at - in->offset] = now;
    } else if ((out == 0 || *held != out->tensor) && (scratch == 0 || *held != -1)) {
        fault("reads what nobody wrote,", out, at);
    }
}

static void access(const void *address, int bytes, int writes)
{
    const char *from = (const char *)memory;
    const long at = (const char *)address - from;
    if (step < STEPS && at >= 0 && at < (long)sizeof memory) {
        for (int i = 0; i < bytes; i++) {
            access_byte((int)(at / (long)sizeof memory[0]), at % (long)sizeof memory[0] + i, writes);
        }
    }
}

#define HOOKS(n) \
    void __tsan_read##n(void *a) { access(a, n, 0); } \
    void __tsan_write##n(void *a) { access(a, n, 1); } \
    void __tsan_unaligned_read##n(void *a) { access(a, n, 0); } \
    void __tsan_unaligned_write##n(void *a) { access(a, n, 1); }
HOOKS(1)
HOOKS(2)
HOOKS(4)
HOOKS(8)
HOOKS(16)
void __tsan_read_range(void *a, long n) { access(a, (int)n, 0); }
void __tsan_write_range(void *a, long n) { access(a, (int)n, 1); }
void __tsan_init(void) {}
void __tsan_func_entry(void *a) { (void)a; }
void __tsan_func_exit(void) {}

static void show_times(const char *name, const int64_t *times, int bytes)
{
    printf("\"%s\":[", name);
    for (int i = 0; i < bytes; i++) {
        printf(i == 0 ? "%" PRId64 : ",%" PRId64, times[i]);
    }
    printf("]");
}

static void observe(void *context, int32_t result, const void *place, uint32_t bytes)
{
    (void)context;
    (void)place;
    (void)bytes;
    if (step >= STEPS || result != last_results[step]) {
        return;
    }
    int in = 0, out = 0;
    for (int i = 0; i < REGIONS; i++) {
        in = regions[i].step == step && regions[i].role == INPUT && in == 0 ? regions[i].bytes : in;
        out = regions[i].step == step && regions[i].role == OUTPUT && out == 0 ? regions[i].bytes : out;
    }
    if (show) {
        printf("{\"step\":%d,", step);
        show_times("read", last_read, in);
        printf(",");
        show_times("write", first_write, out);
        printf("}\n");
    }
    memset(first_write, 0, sizeof first_write);
    memset(last_read, 0, sizeof last_read);
    step++;
}

int main(int count, char **words)
{
    (void)words;
    show = count > 1;
    uint32_t random = 1;
    const void *inputs[] = { SHADOW_INPUTS };
    void *outputs[] = { SHADOW_OUTPUTS };
    for (int i = 0; i < REGIONS; i++) {
        if (regions[i].role == INPUT && regions[i].buffer != 0) {
            for (int k = 0; k < regions[i].bytes; k++) {
                random = random * 1664525u + 1013904223u;
                ((uint8_t *)memory[regions[i].buffer])[regions[i].offset + k] = (uint8_t)(random >> 24);
                holds[regions[i].buffer][regions[i].offset + k] = regions[i].tensor;
            }
        }
    }
    SHADOW_RUN(inputs, outputs, (SHADOW_ARENA *)memory[0], observe, 0);
    printf("%d faults, %d steps\n", faults, step);
    return faults > 0 || step != STEPS;
}
