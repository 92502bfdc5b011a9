/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the cooperative drivers share.
 *
 *	host.c		finds the host, takes its interrupt, tells the others
 *	virtio.c	a transport for virtio devices
 *	console.c	hvc0
 *	clock.c		the time of day
 *	power.c		poweroff and reboot at the host's wish
 *	memory.c	tells of free memory
 *	cofs.c		virtiofs by another name
 *	report.c	panics and oopses
 *	stats.c		/proc/colinux/stats
 *
 * abi.h is generated from the host's source; docs/ABI.md there describes it.
 */
#ifndef _COOPERATIVE_H
#define _COOPERATIVE_H

#include <linux/types.h>
#include <asm/sbi.h>
#include "abi.h"

/* The page that both worlds see (COOP_PAGE_*); the host writes only while the guest does not run. */
struct coop_page {
	u32 version;
	u32 reserved;
	u64 used;		/* slots whose devices have used buffers */
	u64 changed;		/* slots whose configuration has changed */
	u64 events;		/* COOP_EVENT_* */
	u32 columns, rows;	/* size of the console */
	u32 input_head;		/* bytes ever written by the host */
	u32 input_tail;		/* bytes ever read by the guest */
	u8 rest[COOP_PAGE_INPUT - 0x30];
	u8 input[COOP_INPUT_BYTES];
};
static_assert(offsetof(struct coop_page, used) == COOP_PAGE_USED);
static_assert(offsetof(struct coop_page, changed) == COOP_PAGE_CHANGED);
static_assert(offsetof(struct coop_page, events) == COOP_PAGE_EVENTS);
static_assert(offsetof(struct coop_page, columns) == COOP_PAGE_COLUMNS);
static_assert(offsetof(struct coop_page, rows) == COOP_PAGE_ROWS);
static_assert(offsetof(struct coop_page, input_head) == COOP_PAGE_INPUT_HEAD);
static_assert(offsetof(struct coop_page, input_tail) == COOP_PAGE_INPUT_TAIL);
static_assert(offsetof(struct coop_page, input) == COOP_PAGE_INPUT);

/* Counts for stats.c. */
struct coop_counts {
	u64 calls[COOP_FUNCTIONS];
	u64 interrupts;
	u64 completions;
};
extern struct coop_counts coop_counts;

/* Whether there is a host that speaks this version. May be called from the first moment on. */
bool coop_present(void);

/* The page, NULL before it is registered. */
extern struct coop_page *coop_page;

static inline struct sbiret coop_call(unsigned int function, unsigned long a0, unsigned long a1, unsigned long a2,
				      unsigned long a3)
{
	coop_counts.calls[function]++;
	return sbi_ecall(COOP_EXTENSION, function, a0, a1, a2, a3, 0, 0);
}

/* Called by host.c in interrupt context. */
void coop_virtio_interrupt(u64 used, u64 changed);
void coop_console_input(void);
void coop_console_resize(void);
void coop_clock_changed(void);
void coop_power_button(void);
void coop_restart_button(void);

#endif
