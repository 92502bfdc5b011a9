// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's power button and its Ctrl-Alt-Del: the guest's first program is asked to shut down in order, or to do that and start again. How the guest
 * itself switches off and reboots is the SBI's affair.
 */

#include <linux/reboot.h>
#include "cooperative.h"

void coop_power_button(void)
{
	orderly_poweroff(false);
}

void coop_restart_button(void)
{
	orderly_reboot();
}
