// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that nothing uses: the host is told of free blocks some seconds after they became free, and makes them zero.
 */

#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/page_reporting.h>
#include "cooperative.h"

/* Of the smallest block that is told, 256 KiB: what is gained by smaller ones is not worth the calls. */
#define COOP_FREE_ORDER 6

static int coop_report_free(struct page_reporting_dev_info *info, struct scatterlist *list, unsigned int count)
{
	struct scatterlist *entry;
	unsigned int i;

	for_each_sg(list, entry, count, i) {
		struct sbiret ret = coop_call(COOP_FREE, sg_phys(entry), entry->length, 0, 0);

		if (ret.error)
			return sbi_err_map_linux_errno(ret.error);
	}
	/* An eighth of memory may wait in the processor's own list, which nobody else empties on one hart; what becomes a block by it is told next. */
	drain_local_pages(NULL);
	return 0;
}

static struct page_reporting_dev_info coop_reporting = {
	.report = coop_report_free,
	.order = COOP_FREE_ORDER,
};

static int __init coop_memory_init(void)
{
	return coop_page ? page_reporting_register(&coop_reporting) : 0;
}
late_initcall(coop_memory_init);
