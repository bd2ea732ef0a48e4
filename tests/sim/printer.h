/* printer.h - makes documents, each time others: what is made twice and kept twice is seen.
 */
#ifndef KERVAN_TESTS_SIM_PRINTER_H
#define KERVAN_TESTS_SIM_PRINTER_H

#include "tests/sim/calls.h"

struct answer printer_answer(struct sim *sim, const struct outside_call *call);

#endif
