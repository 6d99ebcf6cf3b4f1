/*
 * USART2 of an STM32G0 on pins PA2 (out) and PA3 (in). Source: ST RM0444, chapters 5 "RCC" (IOPENR, APBENR1), 7 "GPIO";
 * ST DS12232 (STM32G071), table of alternate functions.
 */
#include "stm32-usart-isr.h"

#define RCC_IOPENR KILN_REGISTER(0x40021034u)
#define RCC_GPIOAEN (1u << 0)
#define RCC_APBENR1 KILN_REGISTER(0x4002103Cu)
#define RCC_USART2EN (1u << 17)
/* Two bits a pin: 2 is an alternate function. */
#define GPIOA_MODER KILN_REGISTER(0x50000000u)
#define MODER_PA2_PA3_MASK (0xFu << 4)
#define MODER_PA2_PA3 (0xAu << 4)
/* Four bits a pin, PA0 first: alternate function 1 is USART2. */
#define GPIOA_AFRL KILN_REGISTER(0x50000020u)
#define AFRL_PA2_PA3_MASK 0x0000FF00u
#define AFRL_PA2_PA3 0x00001100u

void uart_start(void)
{
    RCC_IOPENR |= RCC_GPIOAEN;
    RCC_APBENR1 |= RCC_USART2EN;
    GPIOA_AFRL = (GPIOA_AFRL & ~AFRL_PA2_PA3_MASK) | AFRL_PA2_PA3;
    GPIOA_MODER = (GPIOA_MODER & ~MODER_PA2_PA3_MASK) | MODER_PA2_PA3;
    usart_enable(KILN_UART_CLOCK_HZ);
}
