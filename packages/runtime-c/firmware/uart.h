/*
 * The serial line of a board: 8 data bits, no parity, one stop bit, KILN_UART_BAUD. One file of `uart/` implements it,
 * named by the board's file; "board-config.h" defines KILN_UART_BASE (the address of its registers), KILN_UART_CLOCK_HZ
 * (the clock that it divides) and, where pins can be chosen, KILN_UART_TX_PIN and KILN_UART_RX_PIN.
 */
#ifndef KILN_UART_H
#define KILN_UART_H

#include "board-config.h"

#include <stdint.h>

#define KILN_REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define KILN_UART_REGISTER(offset) KILN_REGISTER(KILN_UART_BASE + (offset))

void uart_start(void);
/* Waits for a byte. */
uint8_t uart_read(void);
/* Waits until the byte can be taken. */
void uart_write(uint8_t byte);

#endif
