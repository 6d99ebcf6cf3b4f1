/*
 * An AVR is started by avr-libc: vectors, variables, stack. It has no faults that a program could see.
 * Source: avr-libc 2.0 user manual, "Memory Sections"; ATmega328P Data Sheet DS40002061B, section 11.4 "Reset and Interrupt
 * Vectors".
 */
#include "start.h"

#include <avr/interrupt.h>

/* What starts at address 0 starts the program; peripherals are as they were, and the driver sets them again. */
void restart(void)
{
    cli();
    __asm__ volatile("jmp 0");
    for (;;) {
    }
}
