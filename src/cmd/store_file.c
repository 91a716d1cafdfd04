/* Opening a store that was named, and saying why that cannot be. */
#include <errno.h>
#include <sys/stat.h>

#include "base/say.h"
#include "cmd/store_parts.h"

static void say_not_opened(const char *path, int r, const char *why)
{
	if (r == -EUCLEAN)
		say("%s: not a store; name a file that faultline record made", path);
	else if (r == -EPROTONOSUPPORT)
		say("%s: made by a newer faultline; read it with that one", path);
	else if (r == -EBUSY)
		say("%s: somebody locks it; try again", path);
	else
		say("%s: %s; faultline store verify tells what can still be read", path,
			why[0] ? why : strerror(-r));
}

bool store_file_open(const char *path, int damaged, struct store **ret, int *ret_code)
{
	char why[STORE_WHY] = "";
	struct stat st;
	int r;

	*ret_code = EXIT_CANNOT;
	if (stat(path, &st) < 0) {
		say("%s: %s; name a store that can be read", path, strerror(errno));
		return false;
	}
	/* to open a FIFO would wait for somebody who writes */
	if (!S_ISREG(st.st_mode)) {
		say("%s: no regular file; name a file that faultline record made", path);
		*ret_code = damaged;
		return false;
	}
	r = store_open(path, ret, why);
	if (r == 0)
		return true;
	say_not_opened(path, r, why);
	if (r != -EBUSY && r != -ENOMEM && r != -EPROTONOSUPPORT && r != -EACCES)
		*ret_code = damaged;
	return false;
}

bool store_file_window(
	struct store *s, const char *path, const struct window *w, struct store_window *ret)
{
	struct store_about about;
	int r = store_about(s, &about);

	if (r == 0) {
		*ret = window_of(w, &about);
		return true;
	}
	if (r == -ENODATA)
		say("%s: not a single tick in it; record for longer", path);
	else
		say("%s: %s; faultline store verify tells what can still be read", path,
			strerror(-r));
	return false;
}
