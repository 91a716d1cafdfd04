/*
 * Ownership of what the system hands out: closed at the end of the scope unless it was handed on.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void own_close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void own_close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline void own_free(void *memory)
{
	free(*(void **)memory);
}

#define OWN_FD __attribute__((cleanup(own_close_fd))) int
#define OWN_FILE __attribute__((cleanup(own_close_file))) FILE *
#define OWN_MEMORY __attribute__((cleanup(own_free)))

/* Hand a descriptor on: the scope forgets it. */
static inline int own_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Memory that must be there: the program ends with a plain line when it is not. */
void *own_alloc(size_t count, size_t size);
void *own_grow(void *memory, size_t count, size_t size);
