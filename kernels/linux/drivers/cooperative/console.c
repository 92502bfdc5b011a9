// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvc0: text goes to the host by one call for each piece, without leaving the guest; input lies in the page.
 */

#include <linux/console.h>
#include <linux/pgtable.h>
#include <linux/init.h>
#include <linux/mm.h>
#include "../tty/hvc/hvc_console.h"
#include "cooperative.h"

#define OUTPUT_BYTES 256

static struct hvc_struct *coop_hvc;

/* Linear addresses only: hvc's buffers lie there, on stacks, too. When the host has no room yet, it is said again. */
static ssize_t coop_put_chars(u32 vtermno, const u8 *buf, size_t count)
{
	long said = coop_call(COOP_SAY, __pa(buf), count, 0, 0).value;

	return said || !count ? said : -EAGAIN;
}

static ssize_t coop_get_chars(u32 vtermno, u8 *buf, size_t count)
{
	u32 tail, ready;
	size_t i;

	if (!coop_page)
		return 0;
	tail = coop_page->input_tail;
	ready = READ_ONCE(coop_page->input_head) - tail;
	count = min3(count, (size_t)ready, (size_t)COOP_INPUT_BYTES);
	for (i = 0; i < count; i++)
		buf[i] = coop_page->input[(tail + i) % COOP_INPUT_BYTES];
	WRITE_ONCE(coop_page->input_tail, tail + count);
	return count;
}

static void coop_tell_size(struct hvc_struct *hp)
{
	hvc_resize(hp, (struct winsize){
		.ws_row = READ_ONCE(coop_page->rows),
		.ws_col = READ_ONCE(coop_page->columns),
	});
}

/* Input is announced by an interrupt: nobody has to poll. A terminal that is opened anew knows no size. */
static int coop_notifier_add(struct hvc_struct *hp, int data)
{
	hp->irq_requested = 1;
	coop_tell_size(hp);
	return 0;
}

static void coop_notifier_del(struct hvc_struct *hp, int data)
{
	hp->irq_requested = 0;
}

static const struct hv_ops coop_hv_ops = {
	.put_chars = coop_put_chars,
	.get_chars = coop_get_chars,
	.notifier_add = coop_notifier_add,
	.notifier_del = coop_notifier_del,
	.notifier_hangup = coop_notifier_del,
};

void coop_console_input(void)
{
	if (coop_hvc && hvc_poll(coop_hvc))
		hvc_kick();
}

void coop_console_resize(void)
{
	if (coop_hvc)
		coop_tell_size(coop_hvc);
}

static int __init coop_console_init(void)
{
	if (coop_present())
		hvc_instantiate(0, 0, &coop_hv_ops);
	return 0;
}
console_initcall(coop_console_init);

static int __init coop_hvc_init(void)
{
	struct hvc_struct *hp;

	if (!coop_page)
		return 0;
	hp = hvc_alloc(0, 1, &coop_hv_ops, OUTPUT_BYTES);
	if (IS_ERR(hp))
		return PTR_ERR(hp);
	coop_hvc = hp;
	return 0;
}
device_initcall(coop_hvc_init);
