/* One message of the kernel about a device that came, went or changed. */
#pragma once

#include "listen/notice.h"

/* 0, or -EBADMSG when it is no such message. What is about no device that we know is no notice. */
int uevent_parse(str message, struct notices *out);
