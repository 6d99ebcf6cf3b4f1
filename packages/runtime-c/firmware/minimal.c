/* The least that a firmware needs around the network: one inference, to see what the network takes on a board. */
#include "compiler.h"
#include "plain-network.h"
#include "start.h"

void report_fault(uint32_t cause, uint32_t address)
{
    (void)cause;
    (void)address;
    restart();
}

int main(void)
{
    const void *inputs[KILN_INPUTS];
    void *outputs[KILN_OUTPUTS];
    find_ports(inputs, outputs);
    start_fresh();
    KILN_RUN(KILN_RUN_ARGUMENTS, &arena KILN_STATE_ARGUMENT);
    return 0;
}
