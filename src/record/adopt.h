/*
 * What another process read, taken over into this session: it sends packets, and they are done to the
 * session's present tick as if its collectors had run here.
 */
#pragma once

#include "record/names_map.h"
#include "record/packet.h"

enum { ADOPT_OWNER = LEDGER_OWNERS - 2 }; /* of its cells and relations */

struct adopt {
	struct session *session;
	struct names_map names;
	struct packet_desk desk;          /* its frame is in the other one's numbers */
	unsigned first_source, n_sources; /* in the session: what the other one reads */
	bool absent[SOURCE_LIMIT];        /* of those, what there is none of */
	bool lost[SOURCE_LIMIT];          /* and what has said nothing since adopt_lose() */
};

/* The session has the other one's sources: run_declare(). 0 or -ENOMEM. */
int adopt_open(struct adopt *a, struct session *session, unsigned first_source, unsigned n_sources);
void adopt_close(struct adopt *a);

/*
 * The first packet has to be a full one, and so has the first after adopt_lose(). -EBADMSG, -ENOMEM
 * or -ENOSPC: what it said is not, or not all, in the session: the next one has to be full.
 */
int adopt_packet(struct adopt *a, str packet, struct frame *out);

/* The other one does not answer: what it read is known no more, and each source of it fails so. */
void adopt_lose(struct adopt *a, int error, struct frame *out);
