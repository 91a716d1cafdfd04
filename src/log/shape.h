/* What the further lines of a message look like: error details, stack traces, dumps. */
#pragma once

#include "base/str.h"

bool shape_is_trace(str text);  /* a line of no device: " <TASK>", "RIP: 0010:...", "Mem-Info:" */
bool shape_is_detail(str rest); /* after a device: "  device [8086:10d3] error status/mask=..." */

/* Which half of an AER report a line is: the port says from whom, then the device says what. */
enum report_part { NO_REPORT, REPORT_SOURCE, REPORT_DETAIL };
enum report_part shape_report_part(str text);
