/*
 * The event stream: status.json once at the beginning and after every change, as server-sent events
 * (HTML Standard, section 9.2). Nothing is queued: who reads slowly misses what lies between.
 */
#ifndef PHONE_EVENTS_H
#define PHONE_EVENTS_H

#include "phone/web_inside.h"

/* Answers a request with a stream; with 503 where there are WEB_STREAMS already. */
enum MHD_Result events_begin(struct request *request);

/* The state has changed. */
void events_tell(struct web *web);

/* The web ends: nothing more is told. */
void events_end(struct web *web);

#endif
