/*
 * What the simulated server says: status and headers as nginx writes them, and lies.
 */
#ifndef TESTS_SIMULATION_ANSWER_H
#define TESTS_SIMULATION_ANSWER_H

#include "tests/simulation/network.h"

/* Remembers what is asked for. */
void answer_prepare(struct network *network, const struct fetch_request *request);

/* Writes the response to it into network->headers, and which bytes its body has. */
void answer_make(struct network *network);

/* network.c: the fault of this kind, if it happens now; it has then. */
const struct network_fault *network_fires(struct network *network, enum network_what what);

#endif
