// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host: finds it, registers the page that both worlds see, and takes its interrupt, which is the hart's software interrupt: a kernel
 * for one hart has no other use for it, and it costs no access to an interrupt controller.
 */
#define pr_fmt(fmt) "cooperative: " fmt

#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/percpu.h>
#include <asm/csr.h>
#include <asm/irq.h>
#include "cooperative.h"

struct coop_page *coop_page;
struct coop_counts coop_counts;

static DEFINE_PER_CPU(int, coop_irq_cookie);

bool coop_present(void)
{
	static int present = -1;
	struct sbiret ret;

	if (present >= 0)
		return present;
	present = 0;
	if (sbi_probe_extension(COOP_EXTENSION) <= 0)
		return false;
	ret = coop_call(COOP_HELLO, COOP_VERSION, 0, 0, 0);
	if (ret.error || ret.value != COOP_VERSION) {
		pr_warn("this kernel speaks version %u of the interface, the host version %lu: going on without it\n",
			COOP_VERSION, ret.error ? 0 : ret.value);
		return false;
	}
	present = 1;
	return true;
}

static irqreturn_t coop_interrupt(int irq, void *cookie)
{
	u64 used, changed, events;

	/* First: what comes after the words were read raises it again. */
	csr_clear(CSR_IP, IE_SIE);
	used = xchg(&coop_page->used, 0);
	changed = xchg(&coop_page->changed, 0);
	events = xchg(&coop_page->events, 0);
	coop_counts.interrupts++;
	coop_counts.completions += hweight64(used);

	if (used | changed)
		coop_virtio_interrupt(used, changed);
	if (events & COOP_EVENT_INPUT)
		coop_console_input();
	if (events & COOP_EVENT_SIZE)
		coop_console_resize();
	if (events & COOP_EVENT_WALL)
		coop_clock_changed();
	if (events & COOP_EVENT_POWEROFF)
		coop_power_button();
	if (events & COOP_EVENT_RESTART)
		coop_restart_button();
	return IRQ_HANDLED;
}

static int __init coop_take_interrupt(void)
{
	struct irq_domain *domain = irq_find_matching_fwnode(riscv_get_intc_hwnode(), DOMAIN_BUS_ANY);
	int irq, err;

	if (!domain)
		return -ENODEV;
	irq = irq_create_mapping(domain, RV_IRQ_SOFT);
	if (!irq)
		return -ENODEV;
	err = request_percpu_irq(irq, coop_interrupt, "cooperative", &coop_irq_cookie);
	if (!err)
		enable_percpu_irq(irq, IRQ_TYPE_NONE);
	return err;
}

/*
 * The device tree lists devices for kernels that know nothing better than registers. Here virtio.c finds those of virtio, and the clock in
 * seconds would overwrite the host's exact one.
 */
static const struct of_device_id coop_hidden[] __initconst = {
	{ .compatible = "virtio,mmio" },
	{ .compatible = "google,goldfish-rtc" },
	{ }
};

static void __init coop_hide_registers(void)
{
	struct device_node *node;

	for_each_matching_node(node, coop_hidden)
		of_node_set_flag(node, OF_POPULATED);
}

static int __init coop_init(void)
{
	struct coop_page *page;
	struct sbiret ret;
	int err;

	if (!coop_present())
		return 0;
	page = (struct coop_page *)get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	coop_page = page;
	err = coop_take_interrupt();
	if (!err) {
		ret = coop_call(COOP_ATTACH, __pa(page), 0, 0, 0);
		err = ret.error ? sbi_err_map_linux_errno(ret.error) : 0;
	}
	if (err) {
		pr_err("the host cannot be joined: %d\n", err);
		coop_page = NULL;
		free_page((unsigned long)page);
		return err;
	}
	coop_hide_registers();
	pr_info("joined the host, version %u of the interface\n", COOP_VERSION);
	return 0;
}
/* Before of_platform makes devices of what the device tree lists. */
arch_initcall(coop_init);
