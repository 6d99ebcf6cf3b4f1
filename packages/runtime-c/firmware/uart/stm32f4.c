/* USART1 of an STM32F4 on pins PA9 (out) and PA10 (in). Source: ST RM0090 rev 19, sections 7.3.10, 7.3.14, 8.4.1, 8.4.10. */
#include "stm32-usart.h"

#define RCC_AHB1ENR KILN_REGISTER(0x40023830u)
#define RCC_GPIOAEN (1u << 0)
#define RCC_APB2ENR KILN_REGISTER(0x40023844u)
#define RCC_USART1EN (1u << 4)
/* Two bits a pin: 2 is an alternate function. */
#define GPIOA_MODER KILN_REGISTER(0x40020000u)
#define MODER_PA9_PA10_MASK (0xFu << 18)
#define MODER_PA9_PA10 (0xAu << 18)
/* Four bits a pin, PA8 first: alternate function 7 is USART1. */
#define GPIOA_AFRH KILN_REGISTER(0x40020024u)
#define AFRH_PA9_PA10_MASK 0x00000FF0u
#define AFRH_PA9_PA10 0x00000770u

void uart_start(void)
{
    RCC_AHB1ENR |= RCC_GPIOAEN;
    RCC_APB2ENR |= RCC_USART1EN;
    GPIOA_AFRH = (GPIOA_AFRH & ~AFRH_PA9_PA10_MASK) | AFRH_PA9_PA10;
    GPIOA_MODER = (GPIOA_MODER & ~MODER_PA9_PA10_MASK) | MODER_PA9_PA10;
    usart_enable();
}
