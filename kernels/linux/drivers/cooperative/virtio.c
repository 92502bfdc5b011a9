// SPDX-License-Identifier: GPL-2.0-only
/*
 * A transport for virtio devices: the registers of virtio-mmio [virtio 4.2.2], read and written by calls. A notification gives
 * control to the host; completions come as bits of the page.
 */
#define pr_fmt(fmt) "cooperative: " fmt

#include <linux/init.h>
#include <linux/log2.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <uapi/linux/virtio_ids.h>
#include <uapi/linux/virtio_mmio.h>
#include "cooperative.h"

struct coop_device {
	struct virtio_device vdev;
	unsigned int slot;
	struct virtqueue *queues[COOP_QUEUES];
};

static struct coop_device *to_coop(struct virtio_device *vdev)
{
	return container_of(vdev, struct coop_device, vdev);
}

static struct platform_device *coop_parent;
static struct coop_device *coop_devices[COOP_SLOTS];

static u64 coop_read(struct virtio_device *vdev, unsigned int offset, unsigned int bytes)
{
	return coop_call(COOP_READ, to_coop(vdev)->slot, offset, bytes, 0).value;
}

static void coop_write(struct virtio_device *vdev, unsigned int offset, unsigned int bytes, u64 value)
{
	coop_call(COOP_WRITE, to_coop(vdev)->slot, offset, bytes, value);
}

static u32 coop_read32(struct virtio_device *vdev, unsigned int offset)
{
	return coop_read(vdev, offset, 4);
}

static void coop_write32(struct virtio_device *vdev, unsigned int offset, u32 value)
{
	coop_write(vdev, offset, 4, value);
}

/* The low word lies at `offset`, the high one behind it. */
static void coop_write64(struct virtio_device *vdev, unsigned int offset, u64 value)
{
	coop_write32(vdev, offset, value);
	coop_write32(vdev, offset + 4, value >> 32);
}

static u64 coop_get_features(struct virtio_device *vdev)
{
	u64 features;

	coop_write32(vdev, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	features = (u64)coop_read32(vdev, VIRTIO_MMIO_DEVICE_FEATURES) << 32;
	coop_write32(vdev, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	return features | coop_read32(vdev, VIRTIO_MMIO_DEVICE_FEATURES);
}

static int coop_finalize_features(struct virtio_device *vdev)
{
	vring_transport_features(vdev);
	if (!__virtio_test_bit(vdev, VIRTIO_F_VERSION_1))
		return -EINVAL;
	coop_write32(vdev, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	coop_write32(vdev, VIRTIO_MMIO_DRIVER_FEATURES, vdev->features >> 32);
	coop_write32(vdev, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	coop_write32(vdev, VIRTIO_MMIO_DRIVER_FEATURES, vdev->features);
	return 0;
}

/* How much of `len` bytes goes with one call: 1, 2, 4 or 8. */
static unsigned int coop_piece(unsigned int len)
{
	return min(rounddown_pow_of_two(len), 8UL);
}

/* Guest and host are little-endian. */
static void coop_get(struct virtio_device *vdev, unsigned int offset, void *buf, unsigned int len)
{
	unsigned int piece;
	u64 value;

	for (; len; len -= piece, offset += piece, buf += piece) {
		piece = coop_piece(len);
		value = coop_read(vdev, VIRTIO_MMIO_CONFIG + offset, piece);
		memcpy(buf, &value, piece);
	}
}

static void coop_set(struct virtio_device *vdev, unsigned int offset, const void *buf, unsigned int len)
{
	unsigned int piece;
	u64 value;

	for (; len; len -= piece, offset += piece, buf += piece) {
		piece = coop_piece(len);
		value = 0;
		memcpy(&value, buf, piece);
		coop_write(vdev, VIRTIO_MMIO_CONFIG + offset, piece, value);
	}
}

static u32 coop_generation(struct virtio_device *vdev)
{
	return coop_read32(vdev, VIRTIO_MMIO_CONFIG_GENERATION);
}

static u8 coop_get_status(struct virtio_device *vdev)
{
	return coop_read32(vdev, VIRTIO_MMIO_STATUS);
}

static void coop_set_status(struct virtio_device *vdev, u8 status)
{
	coop_write32(vdev, VIRTIO_MMIO_STATUS, status);
}

static void coop_reset(struct virtio_device *vdev)
{
	coop_write32(vdev, VIRTIO_MMIO_STATUS, 0);
}

static bool coop_notify(struct virtqueue *vq)
{
	coop_call(COOP_NOTIFY, to_coop(vq->vdev)->slot, vq->index, 0, 0);
	return true;
}

void coop_virtio_interrupt(u64 used, u64 changed)
{
	unsigned int slot, queue;

	for (; changed; changed &= changed - 1) {
		slot = __ffs64(changed);
		if (slot < COOP_SLOTS && coop_devices[slot])
			virtio_config_changed(&coop_devices[slot]->vdev);
	}
	for (; used; used &= used - 1) {
		slot = __ffs64(used);
		if (slot >= COOP_SLOTS || !coop_devices[slot])
			continue;
		for (queue = 0; queue < COOP_QUEUES; queue++)
			if (coop_devices[slot]->queues[queue])
				vring_interrupt(0, coop_devices[slot]->queues[queue]);
	}
}

static void coop_del_vqs(struct virtio_device *vdev)
{
	struct virtqueue *vq, *next;

	list_for_each_entry_safe(vq, next, &vdev->vqs, list) {
		to_coop(vdev)->queues[vq->index] = NULL;
		coop_write32(vdev, VIRTIO_MMIO_QUEUE_SEL, vq->index);
		coop_write32(vdev, VIRTIO_MMIO_QUEUE_READY, 0);
		vring_del_virtqueue(vq);
	}
}

static struct virtqueue *coop_setup_vq(struct virtio_device *vdev, unsigned int index, struct virtqueue_info *info)
{
	struct virtqueue *vq;
	unsigned int num;

	if (index >= COOP_QUEUES)
		return ERR_PTR(-ENOENT);
	coop_write32(vdev, VIRTIO_MMIO_QUEUE_SEL, index);
	num = coop_read32(vdev, VIRTIO_MMIO_QUEUE_NUM_MAX);
	if (!num || coop_read32(vdev, VIRTIO_MMIO_QUEUE_READY))
		return ERR_PTR(-ENOENT);
	vq = vring_create_virtqueue(index, num, PAGE_SIZE, vdev, true, true, info->ctx, coop_notify, info->callback,
				    info->name);
	if (!vq)
		return ERR_PTR(-ENOMEM);
	vq->num_max = num;
	coop_write32(vdev, VIRTIO_MMIO_QUEUE_NUM, virtqueue_get_vring_size(vq));
	coop_write64(vdev, VIRTIO_MMIO_QUEUE_DESC_LOW, virtqueue_get_desc_addr(vq));
	coop_write64(vdev, VIRTIO_MMIO_QUEUE_AVAIL_LOW, virtqueue_get_avail_addr(vq));
	coop_write64(vdev, VIRTIO_MMIO_QUEUE_USED_LOW, virtqueue_get_used_addr(vq));
	coop_write32(vdev, VIRTIO_MMIO_QUEUE_READY, 1);
	to_coop(vdev)->queues[index] = vq;
	return vq;
}

static int coop_find_vqs(struct virtio_device *vdev, unsigned int nvqs, struct virtqueue *vqs[],
			 struct virtqueue_info infos[], struct irq_affinity *desc)
{
	unsigned int i, index = 0;

	for (i = 0; i < nvqs; i++) {
		vqs[i] = infos[i].name ? coop_setup_vq(vdev, index++, &infos[i]) : NULL;
		if (IS_ERR(vqs[i])) {
			coop_del_vqs(vdev);
			return PTR_ERR(vqs[i]);
		}
	}
	return 0;
}

static const char *coop_bus_name(struct virtio_device *vdev)
{
	return "cooperative";
}

static const struct virtio_config_ops coop_config_ops = {
	.get = coop_get,
	.set = coop_set,
	.generation = coop_generation,
	.get_status = coop_get_status,
	.set_status = coop_set_status,
	.reset = coop_reset,
	.find_vqs = coop_find_vqs,
	.del_vqs = coop_del_vqs,
	.get_features = coop_get_features,
	.finalize_features = coop_finalize_features,
	.bus_name = coop_bus_name,
};

static void coop_release(struct device *dev)
{
	kfree(to_coop(dev_to_virtio(dev)));
}

static int __init coop_add_device(unsigned int slot)
{
	struct coop_device *device = kzalloc(sizeof(*device), GFP_KERNEL);
	int err;

	if (!device)
		return -ENOMEM;
	device->slot = slot;
	device->vdev.dev.parent = &coop_parent->dev;
	device->vdev.dev.release = coop_release;
	device->vdev.config = &coop_config_ops;
	device->vdev.id.device = coop_read32(&device->vdev, VIRTIO_MMIO_DEVICE_ID);
	device->vdev.id.vendor = coop_read32(&device->vdev, VIRTIO_MMIO_VENDOR_ID);
	/* The console has a driver of its own. */
	if (device->vdev.id.device == VIRTIO_ID_CONSOLE) {
		kfree(device);
		return 0;
	}
	coop_devices[slot] = device;
	err = register_virtio_device(&device->vdev);
	if (err) {
		coop_devices[slot] = NULL;
		put_device(&device->vdev.dev);
	}
	return err;
}

static int __init coop_virtio_init(void)
{
	u64 slots;

	if (!coop_page)
		return 0;
	coop_parent = platform_device_register_simple("cooperative", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(coop_parent))
		return PTR_ERR(coop_parent);
	for (slots = coop_call(COOP_DEVICES, 0, 0, 0, 0).value; slots; slots &= slots - 1) {
		unsigned int slot = __ffs64(slots);
		int err = coop_add_device(slot);

		if (err)
			pr_err("the device in slot %u cannot be used: %d\n", slot, err);
	}
	return 0;
}
device_initcall(coop_virtio_init);
