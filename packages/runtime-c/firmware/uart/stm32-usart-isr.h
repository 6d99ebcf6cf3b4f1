/*
 * The USART of STM32 L4, G0 and H7, and its low-power sister; each brings its own way to the pins, and what its baud
 * rate divides. Source: ST RM0432 rev 9 (STM32L4+), sections 46.8 and 47.7; ST RM0444 (STM32G0) and RM0433 (STM32H7) have the
 * same registers.
 */
#ifndef KILN_STM32_USART_ISR_H
#define KILN_STM32_USART_ISR_H

#include "uart.h"

#define USART_CR1 KILN_UART_REGISTER(0x00u)
#define USART_BRR KILN_UART_REGISTER(0x0Cu)
#define USART_ISR KILN_UART_REGISTER(0x1Cu)
#define USART_RDR KILN_UART_REGISTER(0x24u)
#define USART_TDR KILN_UART_REGISTER(0x28u)

#define CR1_UE (1u << 0)
#define CR1_RE (1u << 2)
#define CR1_TE (1u << 3)
#define ISR_RXNE (1u << 5)
#define ISR_TXE (1u << 7)

/* `clocks` is how many of the UART's clocks the baud rate divides: the clock itself, or 256 times of it. */
static void usart_enable(uint32_t clocks)
{
    USART_BRR = (clocks + KILN_UART_BAUD / 2u) / KILN_UART_BAUD;
    USART_CR1 = CR1_UE | CR1_TE | CR1_RE;
}

uint8_t uart_read(void)
{
    while ((USART_ISR & ISR_RXNE) == 0u) {
    }
    return (uint8_t)USART_RDR;
}

void uart_write(uint8_t byte)
{
    while ((USART_ISR & ISR_TXE) == 0u) {
    }
    USART_TDR = byte;
}

#endif
