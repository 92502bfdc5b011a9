// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's power button: asks the guest's first program to shut down in order. How the guest itself switches off and reboots is the
 * SBI's affair.
 */

#include <linux/reboot.h>
#include "cooperative.h"

void coop_power_button(void)
{
	orderly_poweroff(false);
}
