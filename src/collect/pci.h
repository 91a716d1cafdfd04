/* PCI addresses as sysfs spells them: "0000:04:00.0". */
#pragma once

#include "collect/emit.h"

bool pci_is_address(str name);

/* The function at the end of a path ("../../../0000:04:00.0"); ENTITY_NONE when something else stands there. */
uint32_t pci_of_path(struct emit *out, str path);
