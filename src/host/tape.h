/*
 * A recording on disk: DIR/manifest.json says what it is, DIR/tape holds the ticks, each written in
 * one piece behind the one before. Numbers and texts are as in host/pack.h.
 *
 *   tape:   TAPE_MAGIC tick...
 *   tick:   TAPE_TICK size:u64 sum:u64 body        sum is hash_bytes() of the body
 *   body:   number:u64 (from 0) begin:3*u64 end:3*u64 record...       wall, monotonic, boot time in ns
 *   record: kind:number payload:text               a kind that is not known is skipped
 *
 * A record is written for what changed; all else is as in the tick before. Keys (host/shelf.h) are
 * numbered in the order in which they appear.
 */
#pragma once

#include "host/pack.h"

enum tape_record {
	TAPE_KEY = 1, /* the key */
	TAPE_TEXT,    /* key:number ms:number and the text; ms since the tick began */
	TAPE_PATCH,   /* key:number ms:number and a patch of the text before (host/patch.h) */
	TAPE_ERROR,   /* key:number ms:number errno:number */
	TAPE_GONE,    /* key:number... each less the one before: not read in this tick */
};

#define TAPE_MAGIC STR("faultline tape 1\n")
#define TAPE_TICK STR("tick")

enum {
	TAPE_HEAD = 4 + 8 + 8, /* of a tick, before its body */
	TAPE_BODY = 256 << 20, /* longest body */
	TAPE_FIRST = 7 * 8,    /* what stands in it before the records */
	TAPE_MANIFEST_VERSION = 1,
};
#define TAPE_SCHEMA "faultline.tape"
