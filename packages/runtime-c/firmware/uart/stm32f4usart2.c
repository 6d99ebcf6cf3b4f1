/* USART2 of an STM32F4 on pins PA2 (out) and PA3 (in). Source: ST RM0090 rev 19, sections 7.3.10, 7.3.13, 8.4.1, 8.4.9. */
#include "stm32-usart.h"

#define RCC_AHB1ENR KILN_REGISTER(0x40023830u)
#define RCC_GPIOAEN (1u << 0)
#define RCC_APB1ENR KILN_REGISTER(0x40023840u)
#define RCC_USART2EN (1u << 17)
/* Two bits a pin: 2 is an alternate function. */
#define GPIOA_MODER KILN_REGISTER(0x40020000u)
#define MODER_PA2_PA3_MASK (0xFu << 4)
#define MODER_PA2_PA3 (0xAu << 4)
/* Four bits a pin, PA0 first: alternate function 7 is USART2. */
#define GPIOA_AFRL KILN_REGISTER(0x40020020u)
#define AFRL_PA2_PA3_MASK 0x0000FF00u
#define AFRL_PA2_PA3 0x00007700u

void uart_start(void)
{
    RCC_AHB1ENR |= RCC_GPIOAEN;
    RCC_APB1ENR |= RCC_USART2EN;
    GPIOA_AFRL = (GPIOA_AFRL & ~AFRL_PA2_PA3_MASK) | AFRL_PA2_PA3;
    GPIOA_MODER = (GPIOA_MODER & ~MODER_PA2_PA3_MASK) | MODER_PA2_PA3;
    usart_enable();
}
