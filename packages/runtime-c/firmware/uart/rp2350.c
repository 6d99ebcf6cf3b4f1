/* UART0 of an RP2350. Source: RP2350 Datasheet, sections 2.2 "Address map" and 7.5.3 "Resets, list of registers". */
#define CLOCKS_BASE 0x40010000u
#define RESETS_BASE 0x40020000u
#define IO_BANK0_BASE 0x40028000u
#define PADS_BANK0_BASE 0x40038000u
#define XOSC_BASE 0x40048000u
/* UART0, PADS_BANK0, IO_BANK0. */
#define RESETS_UART_AND_PINS ((1u << 26) | (1u << 9) | (1u << 6))

#include "rp2-uart.h"
