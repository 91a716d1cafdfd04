/* What the three kinds of host share; only src/host includes this. */
#pragma once

#include <stdio.h>

#include "base/names.h"
#include "host/host.h"
#include "host/shelf.h"

enum { PATH_BYTES = 4352 }; /* longest path, with a namespace before it */

struct mnl_socket;
struct snapper;
struct recorder;
struct player;
struct manifest;

struct namespace
{
	char name[64];
	char path[96]; /* what to open to enter it; live hosts only */
	uint64_t inode;
};

enum { HOST_FAMILIES = 8, HOST_PROTOCOLS = 32 }; /* as many as netlink may have */

struct host {
	int root;                  /* the directory that paths are relative to */
	bool tree;                 /* a directory stands in: links stay inside it */
	struct manifest *manifest; /* of a tree, or NULL */
	struct snapper *snapper;   /* of a snap, or NULL */
	struct recorder *recorder; /* of a recording, or NULL */
	struct player *player;     /* of a tape, or NULL */
	int own_netns;             /* to come back from another one */
	int kmsg;                  /* the kernel's log, or -1 */
	int log_error;             /* why a recording has none of it */
	pid_t verbs;               /* the helper that holds RDMA devices open; 0: none */
	struct namespace namespaces[HOST_MAX_NAMESPACES];
	unsigned n_namespaces;
	uint64_t unseen_namespaces;
	struct {
		char name[16];
		uint16_t id;
	} families[HOST_FAMILIES]; /* of generic netlink, that were asked for; id 0: a free place */
	struct mnl_socket
		*sockets[HOST_PROTOCOLS]; /* by protocol; nothing is under way on it; NULL: none */
};

int host_open_dir(
	const char *dir, struct host **ret); /* a tree, or a recording before its first tick */

/*
 * namespace.c: run in namespace `ns` until left; 0 or -errno. Nothing but an open or a socket
 * between the two.
 */
int netns_enter(struct host *h, unsigned ns);
void netns_leave(struct host *h, unsigned ns);
void netns_find_live(struct host *h, str proc);

/* host.c: the readable twin of what was answered to the question of that name */
void ask_describe(const char *name, FILE *out, str reply);

/* netlink.c */
int netlink_dump(
	struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret);
void netlink_close(struct host *h);
void netlink_describe(FILE *out, str reply);

/* ethtool.c */
int ethtool_ask(
	struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret);
void ethtool_describe(FILE *out, str reply);

/* config.c */
int config_ask(struct host *h, struct arena *a, const char *function, str *ret);
int config_read(int fd, struct arena *a, str *ret); /* of an open file of config space */
void config_describe(FILE *out, str reply);

/* read.c */
int read_all(int fd, struct arena *a, bool whole_at_once, str *ret);
int read_first(int fd, struct arena *a, size_t most, str *ret); /* one read of so many bytes */
int list_all(int dir, struct arena *a, str *ret);               /* takes the descriptor over */

/* manifest.c */
int manifest_load(int root, struct manifest **ret); /* -ENOENT: there is none */
struct manifest *manifest_free(struct manifest *m);
int64_t manifest_taken_ns(const struct manifest *m);
bool manifest_is_tape(const struct manifest *m);
int64_t manifest_version(const struct manifest *m); /* of its schema */
int64_t manifest_ticks(const struct manifest *m);   /* -1: it does not tell */
int manifest_error_of_name(const char *name);       /* "EIO" is 5 */
/* 0: it was read; the -errno that was recorded; -HOST_NOT_RECORDED: nobody tried. */
int manifest_error(const struct manifest *m, const char *path);
bool manifest_list(const struct manifest *m, struct arena *a, const char *dir, str *ret);

/* snap.c */
int snapper_open(const char *dir, struct snapper **ret);
void snapper_file(struct snapper *s, const char *path, int error, str bytes, int64_t begin_ns);
void snapper_link(struct snapper *s, const char *path, int error, str target, int64_t begin_ns);
void snapper_list(struct snapper *s, const char *path, int error, str names, int64_t begin_ns);
bool snapper_has(struct snapper *s, struct arena *a, const char *path, int *ret_error, str *ret);
int snapper_finish(struct snapper *s); /* writes the manifest once; the first error of all copies */
struct snapper *snapper_close(struct snapper *s);

/* recorder.c. Nothing is written before recorder_end(). */
int recorder_open(
	const char *dir, int64_t every_ns, struct recorder **ret); /* -EEXIST: dir is there */
void recorder_begin(struct recorder *rec);
bool recorder_has(const struct recorder *rec, enum shelf_kind kind, const char *path,
	struct arena *a, int *ret_error, str *ret); /* read in this tick already */
void recorder_put(
	struct recorder *rec, enum shelf_kind kind, const char *path, int error, str text);
int recorder_end(struct recorder *rec); /* 0, or the -errno for which the tick is not on the tape */
int recorder_finish(struct recorder *rec);           /* there will be no more */
uint32_t recorder_ticks(const struct recorder *rec); /* on the tape */
const struct host_clock *recorder_clock(const struct recorder *rec);
struct recorder *recorder_close(struct recorder *rec);

/* player.c */
bool player_is_there(int root); /* the file `tape`, whatever the manifest says */
int player_open(int root, const struct manifest *manifest, struct player **ret);
int player_next(struct player *p);
int player_read(
	const struct player *p, enum shelf_kind kind, const char *path, struct arena *a, str *ret);
const struct host_clock *player_clock(const struct player *p);
const char *player_damage(const struct player *p);
struct player *player_close(struct player *p);
