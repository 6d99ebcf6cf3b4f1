/*
 * The start of an Arm Cortex-M: vector table, floating point, faults.
 * Source: Armv6-M Architecture Reference Manual DDI 0419E, section B1.5; Armv7-M DDI 0403E.e, sections B1.5 and B3.2.
 */
#include "start.h"

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define SCB_VTOR REGISTER(0xE000ED08u)
#define SCB_AIRCR REGISTER(0xE000ED0Cu)
#define SCB_CPACR REGISTER(0xE000ED88u)
#define AIRCR_SYSRESETREQ 0x05FA0004u
/* Full access to coprocessors 10 and 11: floating point, and on Armv8.1-M the vector extension. */
#define CPACR_FLOATING_POINT (0xFu << 20)

extern uint8_t __stack_top[];

void reset_handler(void);
void fault_handler(void);
/* The one exception that is wanted, where a timer brings a handler for it. */
__attribute__((weak, alias("fault_handler"))) void systick_handler(void);
void report_exception(const uint32_t *frame, uint32_t number);

typedef struct {
    const void *stack;
    void (*handlers[15])(void);
} vector_table;

/* Reset, then the exceptions up to SysTick; only a timer enables one, its own. */
__attribute__((section(".vectors"), used)) static const vector_table vectors = {
    __stack_top,
    {
        reset_handler, fault_handler, fault_handler, fault_handler, fault_handler,
        fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
        fault_handler, fault_handler, fault_handler, fault_handler, systick_handler,
    },
};

void reset_handler(void)
{
    /* A boot loader may have left its own table there. Armv6-M need not have the register; there the chip's boot sets it. */
#if !defined(__ARM_ARCH_6M__)
    SCB_VTOR = (uint32_t)(uintptr_t)&vectors;
#endif
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    SCB_CPACR |= CPACR_FLOATING_POINT;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    start_main();
}

/* The core has stored r0-r3, r12, lr, pc and xpsr where msp points to; a C prologue would move it. */
__attribute__((naked)) void fault_handler(void)
{
    __asm__ volatile("mrs r0, msp\n\t"
                     "mrs r1, ipsr\n\t"
                     "ldr r2, =report_exception\n\t"
                     "bx r2\n\t"
                     ".ltorg");
}

void report_exception(const uint32_t *frame, uint32_t number)
{
    /* A stack that has left the memory holds no frame. */
    const int is_frame = frame < (const uint32_t *)__stack_top && ((uintptr_t)frame & 3u) == 0u;
    report_fault(number, is_frame ? frame[6] : 0u);
}

void restart(void)
{
    SCB_AIRCR = AIRCR_SYSRESETREQ;
    for (;;) {
    }
}
