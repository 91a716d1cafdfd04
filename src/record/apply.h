/*
 * What packets say, done to a session: frame after frame, as if the session had been there. Both who
 * walks through a store and who follows a recorder do this.
 */
#pragma once

#include "record/load.h"
#include "record/names_map.h"
#include "record/packet.h"

struct apply {
	struct session *session;
	struct names_map names;
	struct packet_desk desk; /* its frame is in the packet's own numbers */
	const struct load
		*load;      /* rows beside the packets, and cells that nobody knows; NULL: none */
	uint32_t tick, row; /* in the segment */
	bool begun;         /* a frame was given out */
};

int apply_open(struct apply *a, struct session *session); /* 0 or -ENOMEM */
void apply_close(struct apply *a);

void apply_begin_segment(struct apply *a, const struct load *load);
int apply_read(struct apply *a, str *packets, struct packet *ret); /* packet_read() */

/*
 * The packet that was read is done to the session. With `gives` the frame gets what changed; the first
 * that is given has all there is.
 */
void apply_packet(struct apply *a, const struct packet *p, bool gives, struct frame *out);
