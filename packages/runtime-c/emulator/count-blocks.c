/*
 * A TCG plugin for QEMU's system emulators: counts how often each block of instructions is executed between two marks, a
 * mark being a call of the function at a given address. A block is a straight run of instructions with one way in, so
 * that its count times its length is exact.
 *
 * Arguments: mark=ADDRESS of the function, output=PATH of the text that is written at each mark:
 *
 *   segment
 *   START INSTRUCTIONS EXECUTIONS JUMPS       START in hexadecimal; JUMPS: how often control came from elsewhere than
 *   ...                                       the end of the block before
 *
 * What lies before the first mark makes the first segment. Declarations after QEMU's documentation of its plugin
 * interface (docs/devel/tcg-plugins.rst); those used here are the same in all of its versions.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
typedef void (*qemu_plugin_vcpu_tb_trans_cb_t)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*qemu_plugin_vcpu_udata_cb_t)(unsigned int vcpu, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_tb_trans_cb_t cb);
void qemu_plugin_register_vcpu_tb_exec_cb(
    struct qemu_plugin_tb *tb, qemu_plugin_vcpu_udata_cb_t cb, enum qemu_plugin_cb_flags flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

/* Of the interface; the build names one that this QEMU takes. */
EXPORT int qemu_plugin_version = KILN_PLUGIN_VERSION;

typedef struct block {
    struct block *next;
    uint64_t start;
    uint64_t end;
    uint64_t instructions;
    uint64_t executions;
    uint64_t jumps;
} block;

static block *blocks;
static uint64_t previous_end;
static uint64_t mark_address;
static FILE *output;

static void finish_segment(void)
{
    fputs("segment\n", output);
    for (block *each = blocks; each != NULL; each = each->next) {
        if (each->executions != 0) {
            fprintf(output, "%" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", each->start, each->instructions,
                each->executions, each->jumps);
            each->executions = 0;
            each->jumps = 0;
        }
    }
    fflush(output);
}

static void count_block(unsigned int vcpu, void *data)
{
    (void)vcpu;
    block *executed = data;
    if (executed->start == mark_address) {
        finish_segment();
    }
    executed->executions++;
    executed->jumps += executed->start != previous_end;
    previous_end = executed->end;
}

static void translate_block(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    const size_t instructions = qemu_plugin_tb_n_insns(tb);
    const struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, instructions - 1);
    block *translated = calloc(1, sizeof *translated);
    if (translated == NULL) {
        fputs("count-blocks: out of memory\n", stderr);
        exit(1);
    }
    translated->start = qemu_plugin_tb_vaddr(tb);
    translated->end = qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last);
    translated->instructions = instructions;
    translated->next = blocks;
    blocks = translated;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, count_block, QEMU_PLUGIN_CB_NO_REGS, translated);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "mark=", 5) == 0) {
            mark_address = strtoull(argv[i] + 5, NULL, 0);
        } else if (strncmp(argv[i], "output=", 7) == 0) {
            output = fopen(argv[i] + 7, "w");
        }
    }
    if (output == NULL || mark_address == 0) {
        fputs("count-blocks: expected mark=ADDRESS and output=PATH\n", stderr);
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate_block);
    return 0;
}
