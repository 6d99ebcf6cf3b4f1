/*
 * The names of the generated network, whatever its prefix.
 *
 * "harness-config.h" stands in the folder of the build and defines
 *   KILN_HEADER         the project's header, in quotes
 *   KILN_PREFIX         the prefix of its names
 *   KILN_PREFIX_TEXT    the same as a string
 *   KILN_INPUTS, KILN_OUTPUTS                          how many of each
 *   KILN_INPUT_SIZES, KILN_OUTPUT_SIZES                bytes of each, separated by commas
 *   KILN_LARGEST_INPUT_BYTES, KILN_LARGEST_OUTPUT_BYTES
 *   KILN_INPUT_BYTES, KILN_TRACE_BYTES                 of one inference
 *   KILN_BATCH          inferences that the harness runs at once
 *   KILN_STATEFUL       1 if the project takes a state: it starts fresh and goes from each inference to the next, else 0
 */
#ifndef KILN_NAMES_H
#define KILN_NAMES_H

#include "harness-config.h"
#include KILN_HEADER

#define KILN_PASTE_2(a, b) a##b
#define KILN_PASTE(a, b) KILN_PASTE_2(a, b)
#define KILN_ARENA KILN_PASTE(KILN_PREFIX, _arena)
#define KILN_OBSERVER KILN_PASTE(KILN_PREFIX, _observer)
#define KILN_RUN KILN_PASTE(KILN_PREFIX, _run)
#define KILN_RUN_OBSERVED KILN_PASTE(KILN_PREFIX, _run_observed)
#define KILN_STATE KILN_PASTE(KILN_PREFIX, _state)
#define KILN_RESET KILN_PASTE(KILN_PREFIX, _reset)
#define KILN_SELFTEST KILN_PASTE(KILN_PREFIX, _selftest)

#endif
