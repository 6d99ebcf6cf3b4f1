/*
 * Cycles of an AVR: its timer 1 of 16 bits, whose overflows are counted by an interrupt of some thirty cycles each.
 * Source: ATmega328P Data Sheet DS40002061B, chapter 15 "16-bit Timer/Counter1 with PWM".
 */
#include "timer.h"

#include <avr/interrupt.h>
#include <avr/io.h>

#define TIMER_BITS 16

static volatile uint16_t overflows;

ISR(TIMER1_OVF_vect)
{
    overflows++;
}

int timer_start(void)
{
    TCCR1A = 0;
    TCCR1B = 0;
    TCNT1 = 0;
    overflows = 0;
    TIFR1 = (uint8_t)(1u << TOV1);
    TIMSK1 = (uint8_t)(1u << TOIE1);
    TCCR1B = (uint8_t)(1u << CS10);
    sei();
    return 1;
}

/* With interrupts off, an overflow that nobody has counted yet shows in its flag. */
uint32_t timer_now(void)
{
    const uint8_t status = SREG;
    cli();
    uint16_t high = overflows;
    uint16_t low = TCNT1;
    if ((TIFR1 & (1u << TOV1)) != 0u) {
        high++;
        low = TCNT1;
    }
    SREG = status;
    return ((uint32_t)high << TIMER_BITS) | low;
}

void timer_stop(void)
{
    TIMSK1 = 0;
    TCCR1B = 0;
    cli();
}
