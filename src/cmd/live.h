/*
 * The socket of a recorder: whoever connects gets the stream of packets (record/packet.h), behind one
 * line that says what it is; the first packet is a full one. Who does not keep up is let go.
 */
#pragma once

#include "host/pack.h"

#define LIVE_GREETING STR("faultline stream 1\n")

struct live;

/* The socket stands beside the store: STORE.socket. 0 or -errno; what a killed recorder left is replaced. */
int live_open(const char *store, struct live **ret);
struct live *live_close(struct live *l); /* returns NULL; removes the socket */

int live_fd(const struct live *l); /* readable when there is something to do: live_take() */
void live_take(struct live *l);    /* whoever connects, and what can be sent now */

bool live_has_new(const struct live *l); /* somebody waits for a full packet */
/* Who has had a full packet gets this one; with `full`, who has not had one, instead. */
void live_send(struct live *l, str packet, bool full);

unsigned live_followers(const struct live *l);
uint64_t live_dropped(const struct live *l);

int live_connect(const char *store); /* the other side: a descriptor or -errno */
