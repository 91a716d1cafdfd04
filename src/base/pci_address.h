/* PCI addresses as sysfs and drivers spell them: "0000:04:00.0". */
#pragma once

#include "base/str.h"

/* DOMAIN:BUS:DEVICE.FUNCTION; the domain has more than four digits behind VMD and in some virtual machines. */
bool pci_is_address(str name);

/* The last address in "../../devices/pci0000:00/0000:00:03.0/virtio2/net/eth0", the function; empty: it has none. */
str pci_last_of_path(str path);
