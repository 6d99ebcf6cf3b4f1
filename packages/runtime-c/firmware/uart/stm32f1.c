/* USART1 of an STM32F1 on pins PA9 (out) and PA10 (in). Source: ST RM0041 rev 6, sections 6.3.7 and 7.2.2. */
#include "stm32-usart.h"

#define RCC_APB2ENR KILN_REGISTER(0x40021018u)
#define RCC_IOPAEN (1u << 2)
#define RCC_USART1EN (1u << 14)
#define GPIOA_CRH KILN_REGISTER(0x40010804u)
/* Four bits a pin, PA8 first: PA9 alternate function, push-pull, 2 MHz; PA10 a floating input. */
#define CRH_PA9_PA10_MASK 0x00000FF0u
#define CRH_PA9_PA10 0x000004A0u

void uart_start(void)
{
    RCC_APB2ENR |= RCC_IOPAEN | RCC_USART1EN;
    GPIOA_CRH = (GPIOA_CRH & ~CRH_PA9_PA10_MASK) | CRH_PA9_PA10;
    usart_enable();
}
