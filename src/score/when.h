/* Moments as the contract spells them, in labels and answers. */
#pragma once

#include "model/event.h"

/* RFC 3339 with its zone, "@1763750400.25", "mono:123.456"; 0 or -EBADMSG. Nothing that depends on
 * where and when it is read. */
int when_read(str text, enum stamp *ret_clock, int64_t *ret_ns);
