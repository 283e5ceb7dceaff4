// SPDX-License-Identifier: GPL-2.0-or-later
/* The slot: what the CAM's process says (insert, READY, fragments, faults), the lines to the core. */
#include <linux/jiffies.h>
#include <linux/module.h>

#include "lab.h"

static struct lab_slot *slot_of(struct dvb_ca_en50221 *ca, int slot)
{
	struct lab_adapter *adapter = ca->data;

	return &adapter->slots[slot];
}

static bool interrupt_asserted(struct lab_slot *slot)
{
	bool asserted;
	u8 status;

	spin_lock(&slot->lock);
	status = lab_status(slot);
	asserted = (status & lab_status_da && slot->command & lab_command_daie) ||
		   (status & lab_status_fr && slot->command & lab_command_frie);
	spin_unlock(&slot->lock);
	return lab_interrupts && asserted;
}

/* The core forgets an interrupt that comes while it negotiates; a level-triggered line repeats. */
void lab_slot_interrupt(struct lab_slot *slot)
{
	if (!interrupt_asserted(slot))
		return;
	dvb_ca_en50221_frda_irq(&slot->adapter->ca, slot->number);
	schedule_delayed_work(&slot->line, msecs_to_jiffies(20));
}

static void line_work(struct work_struct *work)
{
	lab_slot_interrupt(container_of(to_delayed_work(work), struct lab_slot, line));
}

static bool ready_line(const struct lab_slot *slot)
{
	return slot->inserted && slot->ready && !(slot->faults & lab_fault_never_ready);
}

/* ---- from the core ---- */

static void set_ts(struct lab_slot *slot, bool enabled)
{
	const u8 value = enabled;

	if (slot->ts_enabled == enabled)
		return;
	slot->ts_enabled = enabled;
	if (slot->inserted)
		lab_node_post(&slot->node, lab_ts_enable, &value, sizeof(value));
}

static int slot_reset(struct dvb_ca_en50221 *ca, int number)
{
	struct lab_slot *slot = slot_of(ca, number);

	spin_lock(&slot->lock);
	set_ts(slot, false);
	slot->ready = false;
	lab_registers_reset(slot);
	if (slot->inserted)
		lab_node_post(&slot->node, lab_reset, NULL, 0);
	spin_unlock(&slot->lock);
	return 0;
}

static int slot_shutdown(struct dvb_ca_en50221 *ca, int number)
{
	struct lab_slot *slot = slot_of(ca, number);

	spin_lock(&slot->lock);
	set_ts(slot, false);
	slot->ready = false;
	lab_registers_reset(slot);
	if (slot->inserted)
		lab_node_post(&slot->node, lab_shutdown, NULL, 0);
	spin_unlock(&slot->lock);
	return 0;
}

static int slot_ts_enable(struct dvb_ca_en50221 *ca, int number)
{
	struct lab_slot *slot = slot_of(ca, number);

	spin_lock(&slot->lock);
	set_ts(slot, true);
	spin_unlock(&slot->lock);
	return 0;
}

static int poll_slot_status(struct dvb_ca_en50221 *ca, int number, int open)
{
	struct lab_slot *slot = slot_of(ca, number);
	int status = 0;

	spin_lock(&slot->lock);
	if (slot->inserted)
		status |= DVB_CA_EN50221_POLL_CAM_PRESENT;
	if (slot->changed)
		status |= DVB_CA_EN50221_POLL_CAM_CHANGED;
	if (ready_line(slot))
		status |= DVB_CA_EN50221_POLL_CAM_READY;
	slot->changed = false;
	spin_unlock(&slot->lock);
	return status;
}

/* ---- from the CAM's process ---- */

static void set_inserted(struct lab_slot *slot, const struct lab_module *module)
{
	bool was;

	spin_lock(&slot->lock);
	was = slot->inserted;
	slot->inserted = module;
	slot->changed = was || module;
	slot->ready = false;
	lab_registers_reset(slot);
	if (module) {
		slot->module = *module;
		lab_build_cis(module, slot->cis, sizeof(slot->cis));
	}
	spin_unlock(&slot->lock);
	if (lab_interrupts && (was || module))
		dvb_ca_en50221_camchange_irq(&slot->adapter->ca, slot->number,
					     module ? DVB_CA_EN50221_CAMCHANGE_INSERTED
						    : DVB_CA_EN50221_CAMCHANGE_REMOVED);
}

/* With the slot's lock held: the CAM's process does not know yet that the module was reset, so what
 * it says is of the time before. */
static bool behind(struct lab_slot *slot)
{
	return lab_node_has_unread(&slot->node, lab_reset) ||
	       lab_node_has_unread(&slot->node, lab_interface_reset);
}

static void set_ready(struct lab_slot *slot, bool ready)
{
	bool line;

	spin_lock(&slot->lock);
	slot->ready = ready && !behind(slot);
	line = ready_line(slot);
	spin_unlock(&slot->lock);
	if (lab_interrupts && line)
		dvb_ca_en50221_camready_irq(&slot->adapter->ca, slot->number);
}

static void set_free(struct lab_slot *slot, bool free)
{
	spin_lock(&slot->lock);
	if (!behind(slot))
		slot->free = free;
	spin_unlock(&slot->lock);
	lab_slot_interrupt(slot);
}

static void set_faults(struct lab_slot *slot, u32 faults)
{
	bool line;

	spin_lock(&slot->lock);
	slot->faults = faults;
	if (!(faults & lab_fault_never_free))
		slot->free_stuck = false;
	line = ready_line(slot);
	spin_unlock(&slot->lock);
	if (lab_interrupts && line)
		dvb_ca_en50221_camready_irq(&slot->adapter->ca, slot->number);
	lab_slot_interrupt(slot);
}

static int take_module_fragment(struct lab_slot *slot, const void *bytes, u32 length)
{
	int result = 0;

	if (length < 1 || length > lab_max_fragment)
		return -EINVAL;
	spin_lock(&slot->lock);
	if (!slot->inserted) {
		result = -EIO;
	} else if (behind(slot)) {
		result = 0; /* as gone as one that was in the buffer */
	} else if (slot->module_length || slot->phase != lab_phase_data) {
		result = -EAGAIN;
	} else {
		memcpy(slot->module_buffer, bytes, length);
		slot->module_position = 0;
		slot->module_length = length;
	}
	spin_unlock(&slot->lock);
	if (!result)
		lab_slot_interrupt(slot);
	return result;
}

static int cam_take(struct lab_node *node, u16 type, const void *payload, u32 length)
{
	struct lab_slot *slot = container_of(node, struct lab_slot, node);
	struct lab_module module;
	u32 faults;
	u8 flag;

	switch (type) {
	case lab_insert:
		if (length != sizeof(module))
			return -EINVAL;
		memcpy(&module, payload, sizeof(module));
		/* below 3 the core would write empty fragments for ever */
		if (module.buffer_size < 16)
			return -EINVAL;
		set_inserted(slot, &module);
		return 0;
	case lab_eject:
		set_inserted(slot, NULL);
		return 0;
	case lab_ready:
	case lab_free:
		if (length != sizeof(flag))
			return -EINVAL;
		flag = *(const u8 *)payload;
		if (type == lab_ready)
			set_ready(slot, flag);
		else
			set_free(slot, flag);
		return 0;
	case lab_module_fragment:
		return take_module_fragment(slot, payload, length);
	case lab_faults:
		if (length != sizeof(faults))
			return -EINVAL;
		memcpy(&faults, payload, sizeof(faults));
		set_faults(slot, faults);
		return 0;
	default:
		return -EINVAL;
	}
}

static bool cam_writable(struct lab_node *node)
{
	struct lab_slot *slot = container_of(node, struct lab_slot, node);
	bool writable;

	spin_lock(&slot->lock);
	/* an empty slot is writable too: the write() then says what is wrong */
	writable = !slot->inserted || behind(slot) || (!slot->module_length && slot->phase == lab_phase_data);
	spin_unlock(&slot->lock);
	return writable;
}

static void cam_closed(struct lab_node *node)
{
	struct lab_slot *slot = container_of(node, struct lab_slot, node);

	set_inserted(slot, NULL);
	set_faults(slot, 0);
}

static const struct lab_node_ops cam_ops = {
	.longest = lab_max_fragment,
	.closed = cam_closed,
	.take = cam_take,
	.writable = cam_writable,
};

int lab_slots_register(struct lab_adapter *adapter, int count, struct device *parent)
{
	const int flags = lab_interrupts ? DVB_CA_EN50221_FLAG_IRQ_CAMCHANGE |
						   DVB_CA_EN50221_FLAG_IRQ_FR |
						   DVB_CA_EN50221_FLAG_IRQ_DA
					 : 0;
	int i, result;

	if (!count)
		return 0;
	for (i = 0; i < count; i++) {
		struct lab_slot *slot = &adapter->slots[i];

		slot->adapter = adapter;
		slot->number = i;
		spin_lock_init(&slot->lock);
		INIT_DELAYED_WORK(&slot->line, line_work);
		lab_node_init(&slot->node, &cam_ops);
		snprintf(slot->node.name, sizeof(slot->node.name), "cihost_lab_cam%d.%d",
			 adapter->number, i);
	}
	adapter->ca = (struct dvb_ca_en50221){
		.owner = THIS_MODULE,
		.read_attribute_mem = lab_read_attribute_mem,
		.write_attribute_mem = lab_write_attribute_mem,
		.read_cam_control = lab_read_cam_control,
		.write_cam_control = lab_write_cam_control,
		.slot_reset = slot_reset,
		.slot_shutdown = slot_shutdown,
		.slot_ts_enable = slot_ts_enable,
		.poll_slot_status = poll_slot_status,
		.data = adapter,
	};
	result = dvb_ca_en50221_init(&adapter->dvb, &adapter->ca, flags, count);
	if (result)
		return result;
	adapter->slot_count = count;
	for (i = 0; i < count && !result; i++)
		result = lab_node_register(&adapter->slots[i].node, parent);
	if (result)
		lab_slots_unregister(adapter);
	return result;
}

void lab_slots_unregister(struct lab_adapter *adapter)
{
	int i;

	if (!adapter->slot_count)
		return;
	for (i = 0; i < adapter->slot_count; i++) {
		lab_node_unregister(&adapter->slots[i].node);
		cancel_delayed_work_sync(&adapter->slots[i].line);
	}
	dvb_ca_en50221_release(&adapter->ca);
	adapter->slot_count = 0;
}
