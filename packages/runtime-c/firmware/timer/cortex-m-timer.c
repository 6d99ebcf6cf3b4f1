/*
 * Cycles of an Arm Cortex-M: the counter of the debug unit (DWT) where there is one; on Armv6-M, which has none, SysTick,
 * whose 24 bits its exception carries on.
 * Source: Armv7-M Architecture Reference Manual DDI 0403E.e, section C1.8; Armv6-M DDI 0419E, section B3.3.
 */
#include "timer.h"

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#if defined(__ARM_ARCH) && __ARM_ARCH >= 7

#define DEMCR REGISTER(0xE000EDFCu)
#define DEMCR_TRCENA (1u << 24)
#define DWT_CTRL REGISTER(0xE0001000u)
#define DWT_CTRL_CYCCNTENA 1u
#define DWT_CYCCNT REGISTER(0xE0001004u)

int timer_start(void)
{
    DEMCR |= DEMCR_TRCENA;
    DWT_CYCCNT = 0;
    DWT_CTRL |= DWT_CTRL_CYCCNTENA;
    /* An emulator, or a core without the unit, counts nothing. */
    for (volatile int32_t i = 0; i < 8; i++) {
    }
    return DWT_CYCCNT != 0u;
}

uint32_t timer_now(void)
{
    return DWT_CYCCNT;
}

void timer_stop(void)
{
    DWT_CTRL &= ~DWT_CTRL_CYCCNTENA;
}

#else

#define SYST_CSR REGISTER(0xE000E010u)
#define SYST_CSR_ENABLE 1u
#define SYST_CSR_TICKINT 2u
#define SYST_CSR_CLKSOURCE 4u
#define SYST_RVR REGISTER(0xE000E014u)
#define SYST_CVR REGISTER(0xE000E018u)
#define SYST_BITS 24

static volatile uint32_t wraps;

void systick_handler(void)
{
    wraps++;
}

int timer_start(void)
{
    wraps = 0;
    SYST_RVR = (1u << SYST_BITS) - 1u;
    SYST_CVR = 0;
    SYST_CSR = SYST_CSR_ENABLE | SYST_CSR_TICKINT | SYST_CSR_CLKSOURCE;
    return 1;
}

/* Counts downwards. Read until no wrap came in between. */
uint32_t timer_now(void)
{
    uint32_t before;
    uint32_t ticks;
    do {
        before = wraps;
        ticks = (1u << SYST_BITS) - 1u - SYST_CVR;
    } while (before != wraps);
    return (before << SYST_BITS) + ticks;
}

void timer_stop(void)
{
    SYST_CSR = 0;
}

#endif
