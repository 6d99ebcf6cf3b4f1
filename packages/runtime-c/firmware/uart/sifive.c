/* SiFive UART of the FE310. Source: SiFive FE310-G000 Manual v3p2, chapters 17 "GPIO" and 18 "UART". */
#include "uart.h"

#define TXDATA KILN_UART_REGISTER(0x00u)
#define RXDATA KILN_UART_REGISTER(0x04u)
#define TXCTRL KILN_UART_REGISTER(0x08u)
#define RXCTRL KILN_UART_REGISTER(0x0Cu)
#define DIV KILN_UART_REGISTER(0x18u)

#define TXDATA_FULL (1u << 31)
#define RXDATA_EMPTY (1u << 31)
#define ENABLE 1u

#define GPIO_IOF_EN KILN_REGISTER(0x10012038u)
#define GPIO_IOF_SEL KILN_REGISTER(0x1001203Cu)
#define UART_PINS ((1u << KILN_UART_TX_PIN) | (1u << KILN_UART_RX_PIN))

void uart_start(void)
{
    GPIO_IOF_SEL &= ~UART_PINS;
    GPIO_IOF_EN |= UART_PINS;
    DIV = KILN_UART_CLOCK_HZ / KILN_UART_BAUD - 1u;
    TXCTRL = ENABLE;
    RXCTRL = ENABLE;
}

uint8_t uart_read(void)
{
    uint32_t data;
    do {
        data = RXDATA;
    } while ((data & RXDATA_EMPTY) != 0u);
    return (uint8_t)data;
}

void uart_write(uint8_t byte)
{
    while ((TXDATA & TXDATA_FULL) != 0u) {
    }
    TXDATA = byte;
}
