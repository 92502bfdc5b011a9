// SPDX-License-Identifier: GPL-2.0-only
/*
 * cofs: virtiofs by the name that coLinux gave to the file system of the host.
 */

#include <linux/fs.h>
#include <linux/init.h>
#include "cooperative.h"

static struct file_system_type cofs_type;

static int __init cofs_init(void)
{
	struct file_system_type *virtiofs = get_fs_type("virtiofs");

	if (!virtiofs)
		return 0;
	cofs_type = (struct file_system_type){
		.owner = virtiofs->owner,
		.name = "cofs",
		.fs_flags = virtiofs->fs_flags,
		.init_fs_context = virtiofs->init_fs_context,
		.kill_sb = virtiofs->kill_sb,
	};
	put_filesystem(virtiofs);
	return register_filesystem(&cofs_type);
}
late_initcall(cofs_init);
