// SPDX-License-Identifier: GPL-2.0-only
/*
 * What went wrong, for the host: the message of a panic or an oops, the registers, and the return addresses on the stack. The host has the
 * symbol table that this kernel lacks.
 *
 * After an oops the kernel's data cannot be trusted, so the guest is shut down in order; `cooperative.oops=continue` keeps it alive.
 */

#include <linux/init.h>
#include <linux/kdebug.h>
#include <linux/moduleparam.h>
#include <linux/pgtable.h>
#include <linux/panic_notifier.h>
#include <linux/reboot.h>
#include <linux/sched/debug.h>
#include <linux/string.h>
#include <asm/ptrace.h>
#include <asm/stacktrace.h>
#include "cooperative.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "cooperative."

struct coop_report {
	u32 kind;			/* COOP_REPORT_PANIC, _OOPS, or _SURVIVED for an oops after which the guest goes on */
	u32 frames;
	u64 cause, badaddr, status;	/* 0 in a panic that was not one of the CPU's */
	u64 registers[32];		/* pc, then x1 to x31 */
	u64 stack[COOP_REPORT_FRAMES];
	char program[16];
	char message[COOP_REPORT_MESSAGE];
};
static_assert(offsetof(struct coop_report, registers) == COOP_REPORT_REGISTERS);
static_assert(offsetof(struct coop_report, stack) == COOP_REPORT_STACK);
static_assert(offsetof(struct coop_report, program) == COOP_REPORT_PROGRAM);
static_assert(offsetof(struct coop_report, message) == COOP_REPORT_TEXT);

static struct coop_report coop_report;

static char *oops = "shutdown";
module_param(oops, charp, 0444);
MODULE_PARM_DESC(oops, "\"shutdown\" after the first oops, or \"continue\"");

static bool coop_add_frame(void *arg, unsigned long pc)
{
	coop_report.stack[coop_report.frames++] = pc;
	return coop_report.frames < COOP_REPORT_FRAMES;
}

static void coop_send(u32 kind, const char *message, struct pt_regs *regs)
{
	memset(&coop_report, 0, sizeof(coop_report));
	coop_report.kind = kind;
	strscpy(coop_report.message, message, sizeof(coop_report.message));
	get_task_comm(coop_report.program, current);
	if (regs) {
		coop_report.cause = regs->cause;
		coop_report.badaddr = regs->badaddr;
		coop_report.status = regs->status;
		memcpy(coop_report.registers, regs, sizeof(coop_report.registers));
	}
	walk_stackframe(current, regs, coop_add_frame, NULL);
	coop_call(COOP_REPORT, __pa_symbol(&coop_report), sizeof(coop_report), 0, 0);
}

static int coop_panicked(struct notifier_block *self, unsigned long event, void *message)
{
	coop_send(COOP_REPORT_PANIC, message, NULL);
	return NOTIFY_DONE;
}

static struct notifier_block coop_panic_notifier = { .notifier_call = coop_panicked };

static int coop_died(struct notifier_block *self, unsigned long event, void *data)
{
	struct die_args *args = data;

	if (event != DIE_OOPS || !args->regs || user_mode(args->regs))
		return NOTIFY_DONE;
	if (!strcmp(oops, "continue")) {
		coop_send(COOP_REPORT_SURVIVED, args->str, args->regs);
		return NOTIFY_DONE;
	}
	/* When this hangs on what the oops has left behind, the host ends it. */
	coop_send(COOP_REPORT_OOPS, args->str, args->regs);
	orderly_poweroff(true);
	return NOTIFY_DONE;
}

static struct notifier_block coop_die_notifier = { .notifier_call = coop_died };

static int __init coop_report_init(void)
{
	if (!coop_page)
		return 0;
	atomic_notifier_chain_register(&panic_notifier_list, &coop_panic_notifier);
	return register_die_notifier(&coop_die_notifier);
}
subsys_initcall(coop_report_init);
