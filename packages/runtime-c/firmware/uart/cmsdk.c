/* Arm CMSDK APB UART. Source: Arm DDI 0479D, Cortex-M System Design Kit, section 4.3 "APB UART". */
#include "uart.h"

#define DATA KILN_UART_REGISTER(0x00u)
#define STATE KILN_UART_REGISTER(0x04u)
#define CTRL KILN_UART_REGISTER(0x08u)
#define BAUDDIV KILN_UART_REGISTER(0x10u)

#define STATE_TX_FULL (1u << 0)
#define STATE_RX_FULL (1u << 1)
#define CTRL_TX_ENABLE (1u << 0)
#define CTRL_RX_ENABLE (1u << 1)

void uart_start(void)
{
    BAUDDIV = KILN_UART_CLOCK_HZ / KILN_UART_BAUD;
    CTRL = CTRL_TX_ENABLE | CTRL_RX_ENABLE;
}

uint8_t uart_read(void)
{
    while ((STATE & STATE_RX_FULL) == 0u) {
    }
    return (uint8_t)DATA;
}

void uart_write(uint8_t byte)
{
    while ((STATE & STATE_TX_FULL) != 0u) {
    }
    DATA = byte;
}
