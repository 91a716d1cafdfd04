/* PCI addresses in paths of sysfs, and functions that sleep. */
#include "collect/pci.h"

uint32_t pci_of_path(struct emit *out, str path)
{
	str name = str_base(str_trim(path));

	return pci_is_address(name) ? emit_global_entity(out, PCI, name) : ENTITY_NONE;
}

const struct block *pci_said(const struct emit *out, unsigned row, uint32_t who)
{
	const struct block *b =
		ledger_find(&out->session->ledger, who, (uint16_t)(out->first_signal + row));

	return b && b->tick == out->session->ledger.tick && block_has(b, 0) ? b : NULL;
}

static bool is_asleep(const struct session *s, const struct block *b)
{
	str text = b ? names_get(&s->texts, (uint32_t)b->values[0]) : STR("");

	return str_is(text, "suspended") || str_is(text, "suspending");
}

bool pci_sleeps(const struct emit *out, unsigned status, uint32_t who)
{
	return is_asleep(out->session, pci_said(out, status, who));
}

bool pci_is_asleep(const struct session *session, uint32_t who)
{
	return is_asleep(session, session_said_as(session, who, STR("pcie.runtime_status")));
}
