/*
 * The USART that STM32F1 and STM32F4 share; each brings its own way to the pins.
 * Source: ST RM0090 rev 19, section 30.6 "USART registers"; RM0041 rev 6, section 23.6, has the same.
 */
#ifndef KILN_STM32_USART_H
#define KILN_STM32_USART_H

#include "uart.h"

#define USART_SR KILN_UART_REGISTER(0x00u)
#define USART_DR KILN_UART_REGISTER(0x04u)
#define USART_BRR KILN_UART_REGISTER(0x08u)
#define USART_CR1 KILN_UART_REGISTER(0x0Cu)

#define SR_RXNE (1u << 5)
#define SR_TXE (1u << 7)
#define CR1_RE (1u << 2)
#define CR1_TE (1u << 3)
#define CR1_UE (1u << 13)

static void usart_enable(void)
{
    USART_BRR = (KILN_UART_CLOCK_HZ + KILN_UART_BAUD / 2u) / KILN_UART_BAUD;
    USART_CR1 = CR1_UE | CR1_TE | CR1_RE;
}

uint8_t uart_read(void)
{
    while ((USART_SR & SR_RXNE) == 0u) {
    }
    return (uint8_t)USART_DR;
}

void uart_write(uint8_t byte)
{
    while ((USART_SR & SR_TXE) == 0u) {
    }
    USART_DR = byte;
}

#endif
