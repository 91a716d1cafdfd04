/* PCI functions that paths of sysfs lead to, and those that sleep. */
#pragma once

#include "base/pci_address.h"
#include "collect/emit.h"

/*
 * The function at the end of a path ("../../../0000:04:00.0"); ENTITY_NONE when something else
 * stands there.
 */
uint32_t pci_of_path(struct emit *out, str path);

/*
 * What this tick said about an entity so far, in a row of the collector's own; NULL when it said
 * nothing.
 */
const struct block *pci_said(const struct emit *out, unsigned row, uint32_t who);

/*
 * Row `status` is the runtime_status of its entity: what sleeps is woken by some reads, and must
 * not be.
 */
bool pci_sleeps(const struct emit *out, unsigned status, uint32_t who);

/* The same of a collector without such a row: as pcie_link said last. */
bool pci_is_asleep(const struct session *session, uint32_t who);
