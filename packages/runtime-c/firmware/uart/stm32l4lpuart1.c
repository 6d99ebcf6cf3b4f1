/*
 * LPUART1 of an STM32L4+ on pins PG7 (out) and PG8 (in). Source: ST RM0432 rev 9, sections 5.4.2 (PWR_CR2), 6.4 "RCC registers",
 * 8.5 "GPIO registers", 47.7.4 (the baud rate); ST DS12023 (STM32L4R5), table of alternate functions.
 */
#include "stm32-usart-isr.h"

#define RCC_AHB2ENR KILN_REGISTER(0x4002104Cu)
#define RCC_GPIOGEN (1u << 6)
#define RCC_APB1ENR1 KILN_REGISTER(0x40021058u)
#define RCC_PWREN (1u << 28)
#define RCC_APB1ENR2 KILN_REGISTER(0x4002105Cu)
#define RCC_LPUART1EN (1u << 0)
/* Pins PG2 to PG15 have a supply of their own, which must be said to be there. */
#define PWR_CR2 KILN_REGISTER(0x40007004u)
#define PWR_IOSV (1u << 9)
/* Two bits a pin: 2 is an alternate function. */
#define GPIOG_MODER KILN_REGISTER(0x48001800u)
#define MODER_PG7_PG8_MASK (0xFu << 14)
#define MODER_PG7_PG8 (0xAu << 14)
/* Four bits a pin, PG0 and PG8 first: alternate function 8 is LPUART1. */
#define GPIOG_AFRL KILN_REGISTER(0x48001820u)
#define GPIOG_AFRH KILN_REGISTER(0x48001824u)
#define AFRL_PG7_MASK (0xFu << 28)
#define AFRL_PG7 (0x8u << 28)
#define AFRH_PG8_MASK 0x0000000Fu
#define AFRH_PG8 0x00000008u

void uart_start(void)
{
    RCC_APB1ENR1 |= RCC_PWREN;
    RCC_APB1ENR2 |= RCC_LPUART1EN;
    RCC_AHB2ENR |= RCC_GPIOGEN;
    PWR_CR2 |= PWR_IOSV;
    GPIOG_AFRL = (GPIOG_AFRL & ~AFRL_PG7_MASK) | AFRL_PG7;
    GPIOG_AFRH = (GPIOG_AFRH & ~AFRH_PG8_MASK) | AFRH_PG8;
    GPIOG_MODER = (GPIOG_MODER & ~MODER_PG7_PG8_MASK) | MODER_PG7_PG8;
    usart_enable(256u * KILN_UART_CLOCK_HZ);
}
