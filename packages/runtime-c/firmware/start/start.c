#include "start.h"

#include "stack.h"

#include <string.h>

extern uint8_t __data_start[];
extern uint8_t __data_end[];
extern const uint8_t __data_load[];
extern uint8_t __bss_start[];
extern uint8_t __bss_end[];

void start_main(void)
{
    memcpy(__data_start, __data_load, (size_t)(__data_end - __data_start));
    memset(__bss_start, 0, (size_t)(__bss_end - __bss_start));
    stack_paint();
    main();
    restart();
}
