/*
 * Nordic nRF51 UART, which the nRF52 has too. Source: nRF51 Series Reference Manual v3.0, chapter 29 "Universal Asynchronous
 * Receiver/Transmitter"; nRF52833 Product Specification v1.3, sections 6.8 "GPIO" and 6.32 "UART".
 */
#include "uart.h"

#define TASK_START_RX KILN_UART_REGISTER(0x000u)
#define TASK_START_TX KILN_UART_REGISTER(0x008u)
#define EVENT_RX_READY KILN_UART_REGISTER(0x108u)
#define EVENT_TX_READY KILN_UART_REGISTER(0x11Cu)
#define ENABLE KILN_UART_REGISTER(0x500u)
#define TX_PIN KILN_UART_REGISTER(0x50Cu)
#define RX_PIN KILN_UART_REGISTER(0x514u)
#define RXD KILN_UART_REGISTER(0x518u)
#define TXD KILN_UART_REGISTER(0x51Cu)
#define BAUDRATE KILN_UART_REGISTER(0x524u)

/*
 * The GPIO's DIRSET and OUTSET: an idle line is high, before the UART takes the pin over (section 29.3). The pins of the
 * nRF52's port 1 are numbered from 32.
 */
#define GPIO_PORT (0x300u * (KILN_UART_TX_PIN / 32u))
#define GPIO_OUTSET KILN_REGISTER(0x50000508u + GPIO_PORT)
#define GPIO_DIRSET KILN_REGISTER(0x50000518u + GPIO_PORT)

#define ENABLED 4u
/* The register holds baud * 2^32 / 16 MHz, of which only the upper 20 bits count. */
#define BAUD_VALUE ((uint32_t)((((uint64_t)KILN_UART_BAUD << 32) / KILN_UART_CLOCK_HZ + 0x800u) & 0xFFFFF000u))

void uart_start(void)
{
    GPIO_OUTSET = 1u << (KILN_UART_TX_PIN % 32u);
    GPIO_DIRSET = 1u << (KILN_UART_TX_PIN % 32u);
    TX_PIN = KILN_UART_TX_PIN;
    RX_PIN = KILN_UART_RX_PIN;
    BAUDRATE = BAUD_VALUE;
    ENABLE = ENABLED;
    EVENT_RX_READY = 0u;
    EVENT_TX_READY = 0u;
    TASK_START_RX = 1u;
    TASK_START_TX = 1u;
}

uint8_t uart_read(void)
{
    while (EVENT_RX_READY == 0u) {
    }
    /* Before the byte is taken: the next one in the queue raises the event again. */
    EVENT_RX_READY = 0u;
    return (uint8_t)RXD;
}

void uart_write(uint8_t byte)
{
    TXD = byte;
    while (EVENT_TX_READY == 0u) {
    }
    EVENT_TX_READY = 0u;
}
