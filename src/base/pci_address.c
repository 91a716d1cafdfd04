/* PCI addresses in names and paths. */
#include "base/pci_address.h"

/* Digits of BUS, DEVICE and FUNCTION with what stands between: ":04:00.0". */
enum { BEHIND_DOMAIN = 8 };

static bool are_hex(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f') &&
			!(s.p[i] >= 'A' && s.p[i] <= 'F'))
			return false;
	return true;
}

bool pci_is_address(str name)
{
	const char *p;

	if (name.n < 4 + BEHIND_DOMAIN || name.n > 8 + BEHIND_DOMAIN)
		return false;
	p = name.p + name.n - BEHIND_DOMAIN;
	return are_hex((str){ name.p, name.n - BEHIND_DOMAIN }) && p[0] == ':' &&
	       are_hex((str){ p + 1, 2 }) && p[3] == ':' && are_hex((str){ p + 4, 2 }) &&
	       p[6] == '.' && p[7] >= '0' && p[7] <= '7';
}

str pci_last_of_path(str path)
{
	str rest = str_trim(path), name;

	while (str_cut_last(rest, '/', &rest, &name))
		if (pci_is_address(name))
			return name;
	return pci_is_address(rest) ? rest : STR("");
}
