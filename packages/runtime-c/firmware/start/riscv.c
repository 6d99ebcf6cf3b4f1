/*
 * The start of a RISC-V core in machine mode: pointers, traps.
 * Source: The RISC-V Instruction Set Manual, Volume II, version 20211203, section 3.1.
 */
#include "start.h"

void reset_handler(void);
void trap_handler(void);

__attribute__((naked, section(".start"), used)) void reset_handler(void)
{
    __asm__ volatile(".option push\n\t"
                     ".option norelax\n\t"
                     ".option arch, +zicsr\n\t"
                     "la gp, __global_pointer$\n\t"
                     "la sp, __stack_top\n\t"
                     "la t0, trap_handler\n\t"
                     "csrw mtvec, t0\n\t"
                     "tail start_main\n\t"
                     ".option pop");
}

/* Nothing here enables an interrupt, so what comes is a fault. It starts on a fresh stack: the old one may be at fault. */
__attribute__((naked, aligned(4))) void trap_handler(void)
{
    __asm__ volatile(".option push\n\t"
                     ".option arch, +zicsr\n\t"
                     "la sp, __stack_top\n\t"
                     "csrr a0, mcause\n\t"
                     "csrr a1, mepc\n\t"
                     "tail report_fault\n\t"
                     ".option pop");
}

void restart(void)
{
    reset_handler();
}
