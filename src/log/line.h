/* What stands before the message of a line: stamp, level, host, who says it. */
#pragma once

#include "log/log.h"
#include "log/stamp.h"

enum line_kind {
	LINE_OF_KERNEL, /* or of what speaks for it: systemd, systemd-oomd, a line that names nobody */
	LINE_OF_OTHERS, /* a program: it may quote the kernel, and is not it */
	LINE_DAMAGED,   /* no text */
};

/* What the reader of lines knows from the lines before. */
struct line_reader {
	struct stamp_clock clock;
	enum stamp stamp; /* of the line before: `dmesg -H` tells the time since it */
	int64_t at_ns;
	char *unescaped; /* LINE_BYTES, for texts that have to be written anew */
};

enum { LINE_BYTES = 512 << 10 }; /* longer lines are cut */

/* Views of *ret are of the line, or of reader->unescaped until the next call. */
enum line_kind line_read(struct line_reader *reader, str line, struct log_line *ret);

/* A record of /dev/kmsg: "6,203,296507,-;text", and its number. */
bool line_is_record(str line, uint64_t *ret_number);
/* The lines that follow a record: " DEVICE=+pci:0000:00:00.0". */
bool line_is_key(str line);

enum line_kind line_read_record(struct line_reader *reader, str line, struct log_line *ret);
enum line_kind line_read_json(struct line_reader *reader, str line, struct log_line *ret);

/* "sshd[12]: ", in front of what a program wrote into the kernel's log. */
enum line_kind line_take_program(str *text);

/* Without the kernel's own stamp in front, which rsyslog keeps. */
str line_unstamped(str text);

/* "kernel" and the few that speak for it. */
bool line_is_kernel(str ident);
