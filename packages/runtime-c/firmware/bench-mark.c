/* In a file of its own, so that no compiler puts it into its callers. */
#include "bench.h"

void bench_mark(void)
{
}
