/* The 16550 of QEMU's machine "virt": registers of one byte. Source: National Semiconductor PC16550D, section 8 "Registers". */
#include "uart.h"

#define BYTE_REGISTER(offset) (*(volatile uint8_t *)(uintptr_t)(KILN_UART_BASE + (offset)))
#define DATA BYTE_REGISTER(0u)
#define DIVISOR_LOW BYTE_REGISTER(0u)
#define DIVISOR_HIGH BYTE_REGISTER(1u)
#define FIFO_CONTROL BYTE_REGISTER(2u)
#define LINE_CONTROL BYTE_REGISTER(3u)
#define LINE_STATUS BYTE_REGISTER(5u)

#define FIFO_ON 0x01u
#define LINE_8_BITS 0x03u
#define LINE_SETS_DIVISOR 0x80u
#define STATUS_RX_READY (1u << 0)
#define STATUS_TX_EMPTY (1u << 5)

void uart_start(void)
{
    const uint32_t divisor = KILN_UART_CLOCK_HZ / (16u * KILN_UART_BAUD);
    LINE_CONTROL = LINE_8_BITS | LINE_SETS_DIVISOR;
    DIVISOR_LOW = (uint8_t)divisor;
    DIVISOR_HIGH = (uint8_t)(divisor >> 8);
    LINE_CONTROL = LINE_8_BITS;
    FIFO_CONTROL = FIFO_ON;
}

uint8_t uart_read(void)
{
    while ((LINE_STATUS & STATUS_RX_READY) == 0u) {
    }
    return DATA;
}

void uart_write(uint8_t byte)
{
    while ((LINE_STATUS & STATUS_TX_EMPTY) == 0u) {
    }
    DATA = byte;
}
