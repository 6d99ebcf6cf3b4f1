/* UART0 of an RP2040. Source: RP2040 Datasheet, sections 2.2 "Address map" and 2.14.3 "Resets, list of registers". */
#define CLOCKS_BASE 0x40008000u
#define RESETS_BASE 0x4000C000u
#define IO_BANK0_BASE 0x40014000u
#define PADS_BANK0_BASE 0x4001C000u
#define XOSC_BASE 0x40024000u
/* UART0, PADS_BANK0, IO_BANK0. */
#define RESETS_UART_AND_PINS ((1u << 22) | (1u << 8) | (1u << 5))

#include "rp2-uart.h"
