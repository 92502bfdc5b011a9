// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/colinux/stats: how often the guest asked for what and was interrupted, and for how long it had nothing to do. Writing anything to it
 * begins anew.
 */

#include <linux/init.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/tick.h>
#include "cooperative.h"

static const char * const coop_functions[COOP_FUNCTIONS] = {
	[COOP_HELLO] = "hello",
	[COOP_ATTACH] = "attach",
	[COOP_DEVICES] = "devices",
	[COOP_READ] = "read",
	[COOP_WRITE] = "write",
	[COOP_NOTIFY] = "notify",
	[COOP_SAY] = "say",
	[COOP_WALL] = "wall",
	[COOP_REPORT] = "report",
	[COOP_FREE] = "free",
};

/* When the counts began. */
static u64 coop_idle_since_us;

static u64 coop_idle_us(void)
{
	u64 idle = get_cpu_idle_time_us(0, NULL);

	return idle == -1ULL ? 0 : idle;
}

static int coop_stats_show(struct seq_file *m, void *v)
{
	unsigned int i;

	for (i = 0; i < COOP_FUNCTIONS; i++)
		seq_printf(m, "%-12s %llu\n", coop_functions[i], coop_counts.calls[i]);
	seq_printf(m, "%-12s %llu\n", "interrupts", coop_counts.interrupts);
	seq_printf(m, "%-12s %llu\n", "completions", coop_counts.completions);
	seq_printf(m, "%-12s %llu\n", "idle_us", coop_idle_us() - coop_idle_since_us);
	return 0;
}

static int coop_stats_open(struct inode *inode, struct file *file)
{
	return single_open(file, coop_stats_show, NULL);
}

static ssize_t coop_stats_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	memset(&coop_counts, 0, sizeof(coop_counts));
	coop_idle_since_us = coop_idle_us();
	return count;
}

static const struct proc_ops coop_stats_ops = {
	.proc_open = coop_stats_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_write = coop_stats_write,
	.proc_release = single_release,
};

static int __init coop_stats_init(void)
{
	if (coop_page && proc_mkdir("colinux", NULL))
		proc_create("colinux/stats", 0644, NULL, &coop_stats_ops);
	return 0;
}
late_initcall(coop_stats_init);
