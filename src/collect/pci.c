/* PCI addresses in paths of sysfs. */
#include "collect/pci.h"

static bool is_hex(str s, size_t fewest, size_t most)
{
	uint64_t value;

	return s.n >= fewest && s.n <= most && str_hex(s, &value) == 0;
}

/* DOMAIN:BUS:DEVICE.FUNCTION; the domain has more than four digits behind VMD and in some virtual machines. */
bool pci_is_address(str name)
{
	str domain, bus, device, function;

	return str_cut(name, ':', &domain, &bus) && str_cut(bus, ':', &bus, &device) &&
		str_cut(device, '.', &device, &function) && is_hex(domain, 4, 8) && is_hex(bus, 2, 2) &&
		is_hex(device, 2, 2) && is_hex(function, 1, 1);
}

uint32_t pci_of_path(struct emit *out, str path)
{
	str name = str_base(str_trim(path));

	return pci_is_address(name) ? emit_global_entity(out, PCI, name) : ENTITY_NONE;
}
