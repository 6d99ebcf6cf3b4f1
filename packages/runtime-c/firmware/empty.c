/* A firmware without a network: what a board's start alone takes. */
#include "start.h"

void report_fault(uint32_t cause, uint32_t address)
{
    (void)cause;
    (void)address;
    restart();
}

int main(void)
{
    return 0;
}
