// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's power button: asks the guest's first program to shut down in order. How the guest itself switches off and reboots is the
 * SBI's affair.
 */

#include <linux/reboot.h>
#include "cooperative.h"

void coop_power_event(u64 events)
{
	if (events & COOP_EVENT_POWEROFF)
		orderly_poweroff(false);
	else
		orderly_reboot();
}
