/* USART of an AVR. Source: ATmega328P Data Sheet DS40002061B, chapter 19 "USART0"; the ATmega2560's has the same registers. */
#include "uart.h"

#define USART_REGISTER(offset) (*(volatile uint8_t *)(uintptr_t)(KILN_UART_BASE + (offset)))
#define UCSRA USART_REGISTER(0u)
#define UCSRB USART_REGISTER(1u)
#define UCSRC USART_REGISTER(2u)
#define UBRRL USART_REGISTER(4u)
#define UBRRH USART_REGISTER(5u)
#define UDR USART_REGISTER(6u)

#define UCSRA_RECEIVED 0x80u
#define UCSRA_EMPTY 0x20u
#define UCSRA_DOUBLE_SPEED 0x02u
#define UCSRB_RECEIVER 0x10u
#define UCSRB_TRANSMITTER 0x08u
/* Eight bits, no parity, one stop bit. */
#define UCSRC_FORMAT 0x06u

/* Baud = clock / (8 * (divisor + 1)) at double speed, to the nearest: 16 for 115,200 from 16 MHz, 2.1 % fast. */
#define DIVISOR ((KILN_UART_CLOCK_HZ / 4u / KILN_UART_BAUD - 1u) / 2u)

void uart_start(void)
{
    UCSRB = 0;
    UCSRA = UCSRA_DOUBLE_SPEED;
    UBRRH = (uint8_t)(DIVISOR >> 8);
    UBRRL = (uint8_t)(DIVISOR & 0xFFu);
    UCSRC = UCSRC_FORMAT;
    UCSRB = UCSRB_RECEIVER | UCSRB_TRANSMITTER;
}

uint8_t uart_read(void)
{
    while ((UCSRA & UCSRA_RECEIVED) == 0u) {
    }
    return UDR;
}

void uart_write(uint8_t byte)
{
    while ((UCSRA & UCSRA_EMPTY) == 0u) {
    }
    UDR = byte;
}
