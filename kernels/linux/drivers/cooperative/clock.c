// SPDX-License-Identifier: GPL-2.0-only
/*
 * The time of day is the host's: at the first moment, and whenever it was set or corrected there.
 */

#include <linux/init.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include "cooperative.h"

static struct timespec64 coop_wall_time(void)
{
	return ns_to_timespec64(coop_call(COOP_WALL, 0, 0, 0, 0).value);
}

void read_persistent_clock64(struct timespec64 *ts)
{
	*ts = coop_present() ? coop_wall_time() : (struct timespec64){};
}

static void coop_set_clock(struct work_struct *work)
{
	struct timespec64 now = coop_wall_time();

	do_settimeofday64(&now);
}

static DECLARE_WORK(coop_clock_work, coop_set_clock);

void coop_clock_changed(void)
{
	schedule_work(&coop_clock_work);
}
