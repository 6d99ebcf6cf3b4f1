/*
 * USART3 of an STM32H743 on pins PD8 (out) and PD9 (in). Source: ST RM0433 rev 8, sections 8.7 "RCC registers" (AHB4ENR,
 * APB1LENR), 11.4 "GPIO registers"; ST DS12110 (STM32H743), table of alternate functions.
 */
#include "stm32-usart-isr.h"

#define RCC_AHB4ENR KILN_REGISTER(0x580244E0u)
#define RCC_GPIODEN (1u << 3)
#define RCC_APB1LENR KILN_REGISTER(0x580244E8u)
#define RCC_USART3EN (1u << 18)
/* Two bits a pin: 2 is an alternate function. */
#define GPIOD_MODER KILN_REGISTER(0x58020C00u)
#define MODER_PD8_PD9_MASK (0xFu << 16)
#define MODER_PD8_PD9 (0xAu << 16)
/* Four bits a pin, PD8 first: alternate function 7 is USART3. */
#define GPIOD_AFRH KILN_REGISTER(0x58020C24u)
#define AFRH_PD8_PD9_MASK 0x000000FFu
#define AFRH_PD8_PD9 0x00000077u

void uart_start(void)
{
    RCC_AHB4ENR |= RCC_GPIODEN;
    RCC_APB1LENR |= RCC_USART3EN;
    /* The clocks are there once their bits can be read. */
    (void)RCC_AHB4ENR;
    (void)RCC_APB1LENR;
    GPIOD_AFRH = (GPIOD_AFRH & ~AFRH_PD8_PD9_MASK) | AFRH_PD8_PD9;
    GPIOD_MODER = (GPIOD_MODER & ~MODER_PD8_PD9_MASK) | MODER_PD8_PD9;
    usart_enable(KILN_UART_CLOCK_HZ);
}
