/*
 * UART0 of RP2040 and RP2350, an Arm PL011, with the crystal that its baud rate comes from: after a reset both chips run
 * on a ring oscillator, whose frequency nobody knows. Each chip brings the addresses, and its bits of the register RESETS.
 * Source: Arm DDI 0183, PrimeCell UART (PL011), chapter 3; RP2040 Datasheet, sections 2.14.3 (resets), 2.15.7 (clocks), 2.16.7
 * (crystal oscillator), 2.19.6 (pins); RP2350 Datasheet, chapters 7.5, 8.1, 8.2 and 9.11, has the same registers.
 */
#ifndef KILN_RP2_UART_H
#define KILN_RP2_UART_H

#include "uart.h"

#define UART_DATA KILN_UART_REGISTER(0x00u)
#define UART_FLAGS KILN_UART_REGISTER(0x18u)
#define UART_DIVISOR KILN_UART_REGISTER(0x24u)
#define UART_FRACTION KILN_UART_REGISTER(0x28u)
#define UART_LINE KILN_UART_REGISTER(0x2Cu)
#define UART_CONTROL KILN_UART_REGISTER(0x30u)

#define FLAGS_RX_EMPTY (1u << 4)
#define FLAGS_TX_FULL (1u << 5)
/* Eight bits, through the queues. */
#define LINE_8_BITS_QUEUED 0x70u
#define CONTROL_ON 0x301u

#define RESETS_DONE KILN_REGISTER(RESETS_BASE + 0x08u)
/* What is written here is cleared in RESET: a register's address with bits 12 and 13 set. */
#define RESETS_CLEAR KILN_REGISTER(RESETS_BASE + 0x3000u)

#define XOSC_CONTROL KILN_REGISTER(XOSC_BASE + 0x00u)
#define XOSC_STATUS KILN_REGISTER(XOSC_BASE + 0x04u)
#define XOSC_STARTUP KILN_REGISTER(XOSC_BASE + 0x0Cu)
/* 1 to 15 MHz, on. */
#define XOSC_ON 0x00FABAA0u
#define XOSC_STABLE (1u << 31)
/* A millisecond of 12 MHz, in 256 cycles. */
#define XOSC_DELAY 47u

#define CLOCK_REF_CONTROL KILN_REGISTER(CLOCKS_BASE + 0x30u)
#define CLOCK_REF_SELECTED KILN_REGISTER(CLOCKS_BASE + 0x38u)
#define CLOCK_SYS_CONTROL KILN_REGISTER(CLOCKS_BASE + 0x3Cu)
#define CLOCK_SYS_SELECTED KILN_REGISTER(CLOCKS_BASE + 0x44u)
#define CLOCK_PERI_CONTROL KILN_REGISTER(CLOCKS_BASE + 0x48u)
#define CLOCK_REF_XOSC 2u
#define CLOCK_SYS_REF 0u
#define CLOCK_PERI_XOSC_ON ((1u << 11) | (4u << 5))

#define PIN_CONTROL(pin) KILN_REGISTER(IO_BANK0_BASE + 8u * (pin) + 4u)
#define PIN_PAD(pin) KILN_REGISTER(PADS_BANK0_BASE + 4u * (pin) + 4u)
#define PIN_IS_UART 2u
/* Input on, 4 mA, Schmitt trigger; the line that comes in is pulled up. */
#define PAD_OUT 0x52u
#define PAD_IN 0x5Au

/* The crystal drives reference, system and UART: 12 MHz each. */
static void start_clocks(void)
{
    XOSC_STARTUP = XOSC_DELAY;
    XOSC_CONTROL = XOSC_ON;
    while ((XOSC_STATUS & XOSC_STABLE) == 0u) {
    }
    CLOCK_REF_CONTROL = CLOCK_REF_XOSC;
    while (CLOCK_REF_SELECTED != (1u << CLOCK_REF_XOSC)) {
    }
    CLOCK_SYS_CONTROL = CLOCK_SYS_REF;
    while (CLOCK_SYS_SELECTED != (1u << CLOCK_SYS_REF)) {
    }
    CLOCK_PERI_CONTROL = CLOCK_PERI_XOSC_ON;
}

void uart_start(void)
{
    /* The divisor, in 64ths. */
    const uint32_t divisor = (4u * KILN_UART_CLOCK_HZ + KILN_UART_BAUD / 2u) / KILN_UART_BAUD;
    start_clocks();
    RESETS_CLEAR = RESETS_UART_AND_PINS;
    while ((RESETS_DONE & RESETS_UART_AND_PINS) != RESETS_UART_AND_PINS) {
    }
    PIN_PAD(KILN_UART_TX_PIN) = PAD_OUT;
    PIN_PAD(KILN_UART_RX_PIN) = PAD_IN;
    PIN_CONTROL(KILN_UART_TX_PIN) = PIN_IS_UART;
    PIN_CONTROL(KILN_UART_RX_PIN) = PIN_IS_UART;
    UART_DIVISOR = divisor >> 6;
    UART_FRACTION = divisor & 63u;
    UART_LINE = LINE_8_BITS_QUEUED;
    UART_CONTROL = CONTROL_ON;
}

uint8_t uart_read(void)
{
    while ((UART_FLAGS & FLAGS_RX_EMPTY) != 0u) {
    }
    return (uint8_t)UART_DATA;
}

void uart_write(uint8_t byte)
{
    while ((UART_FLAGS & FLAGS_TX_FULL) != 0u) {
    }
    UART_DATA = byte;
}

#endif
