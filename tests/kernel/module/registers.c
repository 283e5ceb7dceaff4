// SPDX-License-Identifier: GPL-2.0-or-later
/* What the CA core sees at the connector: attribute memory and the four registers. */
#include <linux/errno.h>

#include "lab.h"

enum { reg_data, reg_control, reg_size_low, reg_size_high };
enum { command_hc = 0x01, command_sw = 0x02, command_sr = 0x04, command_rs = 0x08 };

static struct lab_slot *slot_of(struct dvb_ca_en50221 *ca, int slot)
{
	struct lab_adapter *adapter = ca->data;

	return &adapter->slots[slot];
}

static bool data_available(const struct lab_slot *slot)
{
	switch (slot->phase) {
	case lab_phase_size_read:
		return slot->module_position < 2;
	case lab_phase_size_write:
		return false;
	default:
		return slot->module_length != 0;
	}
}

u8 lab_status(const struct lab_slot *slot)
{
	u8 status = slot->errors;

	if (!slot->inserted || slot->configuration != lab_configuration_option)
		return 0;
	if (slot->faults & lab_fault_hang)
		return status;
	if (data_available(slot))
		status |= lab_status_da;
	if (slot->free && !slot->free_stuck)
		status |= lab_status_fr;
	return status;
}

/* Empties the module's buffer; what waits to be written may come. */
static void drop_module_fragment(struct lab_slot *slot)
{
	slot->module_length = 0;
	slot->module_position = 0;
	lab_node_wake(&slot->node);
}

void lab_registers_reset(struct lab_slot *slot)
{
	slot->configuration = 0;
	slot->command = 0;
	slot->errors = 0;
	slot->phase = lab_phase_data;
	slot->free = false;
	slot->free_stuck = false;
	slot->size = 0;
	slot->host_count = 0;
	drop_module_fragment(slot);
}

static u8 read_size_data(struct lab_slot *slot)
{
	u8 value = slot->module_position ? slot->module.buffer_size & 0xff
					 : slot->module.buffer_size >> 8;

	if (slot->module_position < 2)
		slot->module_position++;
	return value;
}

static u8 read_data(struct lab_slot *slot)
{
	u8 value;

	if (!slot->module_length)
		return 0xff;
	value = slot->module_buffer[slot->module_position++];
	if (slot->module_position < slot->module_length)
		return value;
	if (slot->faults & lab_fault_read_once) {
		slot->faults &= ~lab_fault_read_once;
		slot->errors |= lab_status_re;
	}
	drop_module_fragment(slot);
	lab_node_post(&slot->node, lab_fragment_read, NULL, 0);
	return value;
}

static u16 readable_size(const struct lab_slot *slot)
{
	if (slot->phase == lab_phase_size_read)
		return slot->faults & lab_fault_link_size ? 0 : 2;
	return slot->module_length;
}

static u8 read_register(struct lab_slot *slot, u8 address)
{
	switch (address) {
	case reg_data:
		return slot->phase == lab_phase_size_read ? read_size_data(slot) : read_data(slot);
	case reg_control:
		return lab_status(slot);
	case reg_size_low:
		return readable_size(slot) & 0xff;
	case reg_size_high:
		return readable_size(slot) >> 8;
	default:
		return 0xff;
	}
}

static void take_host_fragment(struct lab_slot *slot)
{
	if (slot->phase == lab_phase_size_write) {
		u16 chosen = slot->host_buffer[0] << 8 | slot->host_buffer[1];

		if (slot->host_count != 2) {
			slot->errors |= lab_status_we;
			return;
		}
		slot->phase = lab_phase_data;
		lab_node_post(&slot->node, lab_buffer_size, &chosen, sizeof(chosen)); /* wakes writers */
	} else if (slot->faults & lab_fault_write_once) {
		slot->faults &= ~lab_fault_write_once;
		slot->errors |= lab_status_we;
	} else {
		slot->free = false;
		lab_node_post(&slot->node, lab_host_fragment, slot->host_buffer, slot->host_count);
	}
}

static void write_data(struct lab_slot *slot, u8 value)
{
	if (!(slot->command & command_hc))
		return;
	if (!(lab_status(slot) & lab_status_fr) || slot->host_count >= slot->size ||
	    slot->host_count >= sizeof(slot->host_buffer)) {
		slot->errors |= lab_status_we;
		return;
	}
	slot->host_buffer[slot->host_count++] = value;
	if (slot->host_count == slot->size)
		take_host_fragment(slot);
}

static void write_command(struct lab_slot *slot, u8 value)
{
	if (value & command_rs) {
		const u8 configuration = slot->configuration;

		lab_registers_reset(slot);
		slot->configuration = configuration;
		slot->free = true;
		slot->free_stuck = slot->faults & lab_fault_never_free;
		lab_node_post(&slot->node, lab_interface_reset, NULL, 0);
	} else if (value & command_sr) {
		/* after RE or WE the host begins here, without RS: what it has not read it will
		 * not understand any more */
		if (slot->phase == lab_phase_data && slot->module_length)
			lab_node_post(&slot->node, lab_fragment_read, NULL, 0);
		drop_module_fragment(slot);
		slot->errors = 0;
		slot->phase = lab_phase_size_read;
	} else if (value & command_sw) {
		slot->module_position = 0;
		slot->phase = lab_phase_size_write;
	}
	if (value & ~slot->command & command_hc)
		slot->host_count = 0;
	slot->command = value;
}

static void write_register(struct lab_slot *slot, u8 address, u8 value)
{
	if (slot->configuration != lab_configuration_option)
		return;
	switch (address) {
	case reg_data:
		write_data(slot, value);
		break;
	case reg_control:
		write_command(slot, value);
		break;
	case reg_size_low:
		slot->size = (slot->size & 0xff00) | value;
		slot->host_count = 0;
		break;
	case reg_size_high:
		slot->size = (slot->size & 0x00ff) | value << 8;
		slot->host_count = 0;
		break;
	}
}

int lab_read_cam_control(struct dvb_ca_en50221 *ca, int number, u8 address)
{
	struct lab_slot *slot = slot_of(ca, number);
	int result = -EIO;

	spin_lock(&slot->lock);
	if (slot->inserted)
		result = read_register(slot, address);
	spin_unlock(&slot->lock);
	return result;
}

int lab_write_cam_control(struct dvb_ca_en50221 *ca, int number, u8 address, u8 value)
{
	struct lab_slot *slot = slot_of(ca, number);
	bool inserted;

	spin_lock(&slot->lock);
	inserted = slot->inserted;
	if (inserted)
		write_register(slot, address, value);
	spin_unlock(&slot->lock);
	if (!inserted)
		return -EIO;
	/* COMMAND may enable an interrupt or cause one, as may the end of the negotiation */
	if (address == reg_control || address == reg_data)
		lab_slot_interrupt(slot);
	return 0;
}

int lab_read_attribute_mem(struct dvb_ca_en50221 *ca, int number, int address)
{
	struct lab_slot *slot = slot_of(ca, number);
	int result = 0xff;

	spin_lock(&slot->lock);
	if (!slot->inserted)
		result = -EIO;
	else if (slot->faults & lab_fault_cis)
		result = (address * 37 + 0x5a) & 0x7f;
	else if (address == lab_configuration_base)
		result = slot->configuration;
	else if (address >= 0 && address % 2 == 0 && address / 2 < sizeof(slot->cis))
		result = slot->cis[address / 2];
	spin_unlock(&slot->lock);
	return result;
}

int lab_write_attribute_mem(struct dvb_ca_en50221 *ca, int number, int address, u8 value)
{
	struct lab_slot *slot = slot_of(ca, number);
	int result = 0;

	spin_lock(&slot->lock);
	if (!slot->inserted)
		result = -EIO;
	else if (address == lab_configuration_base)
		slot->configuration = value & 0x3f;
	spin_unlock(&slot->lock);
	return result;
}
