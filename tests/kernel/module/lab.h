/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A receiver without hardware: DVB adapters whose air and CAMs are a process in user space. */
#ifndef CIHOST_LAB_H
#define CIHOST_LAB_H

#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <media/dmxdev.h>
#include <media/dvb_ca_en50221.h>
#include <media/dvb_demux.h>
#include <media/dvb_frontend.h>
#include <media/dvbdev.h>

#include "lab_protocol.h"

enum { lab_max_adapters = 4, lab_max_slots = 2 };

extern bool lab_interrupts;

/* One misc device: records out by read(), records in by write(); one opener. */
struct lab_node;
struct lab_node_ops {
	u32 longest; /* payload of a record written */
	void (*opened)(struct lab_node *node);
	void (*closed)(struct lab_node *node);
	/* 0, -EAGAIN (not now: waits for writable() unless O_NONBLOCK) or another error */
	int (*take)(struct lab_node *node, u16 type, const void *payload, u32 length);
	bool (*writable)(struct lab_node *node);
};

struct lab_node {
	struct miscdevice misc;
	char name[32];
	const struct lab_node_ops *ops;
	unsigned long busy;
	struct mutex write_lock;
	u8 *incoming;
	spinlock_t lock; /* guards the three below */
	bool open;
	unsigned int waiting;
	struct list_head records;
	wait_queue_head_t wait;
};

/* From here on it can be posted to; nobody can open it before lab_node_register. */
void lab_node_init(struct lab_node *node, const struct lab_node_ops *ops);
int lab_node_register(struct lab_node *node, struct device *parent);
void lab_node_unregister(struct lab_node *node);
/* From any context; what nobody has open takes nothing. */
void lab_node_post(struct lab_node *node, u16 type, const void *payload, u32 length);
bool lab_node_has_unread(struct lab_node *node, u16 type);
static inline void lab_node_wake(struct lab_node *node)
{
	wake_up_interruptible(&node->wait);
}

/* What the COMMAND register has asked for: the buffer sizes, or nothing. */
enum lab_phase { lab_phase_data, lab_phase_size_read, lab_phase_size_write };

struct lab_slot {
	struct lab_adapter *adapter;
	int number;
	struct lab_node node;
	struct delayed_work line; /* the level-triggered interrupt line */

	spinlock_t lock; /* guards all below */
	bool inserted;
	bool changed; /* since the last poll */
	bool ready;
	bool free;
	bool free_stuck; /* lab_fault_never_free at the last RS */
	bool ts_enabled;
	u32 faults;
	struct lab_module module;
	u8 cis[512];
	u8 configuration; /* COR */
	u8 command;
	u8 errors; /* RE, WE */
	enum lab_phase phase;
	u16 size; /* as the host wrote it */
	u16 host_count;
	u8 host_buffer[lab_max_fragment];
	u16 module_length; /* 0: no fragment waits for the host */
	u16 module_position;
	u8 module_buffer[lab_max_fragment];
};

struct lab_adapter {
	int number;
	struct dvb_adapter dvb;
	struct dvb_frontend frontend;
	struct dvb_demux demux;
	struct dmxdev dmxdev;
	struct dmx_frontend source;
	struct lab_node air;

	spinlock_t lock; /* guards the three below */
	struct lab_signal_state signal;
	struct lab_tuning tuning;
	bool tuned;

	struct dvb_ca_en50221 ca;
	int slot_count;
	struct lab_slot slots[lab_max_slots];
	struct dvb_device *descrambler;
};

/* frontend.c */
int lab_air_register(struct lab_adapter *adapter, struct device *parent);
void lab_air_unregister(struct lab_adapter *adapter);

/* slot.c */
int lab_slots_register(struct lab_adapter *adapter, int count, struct device *parent);
void lab_slots_unregister(struct lab_adapter *adapter);
void lab_slot_interrupt(struct lab_slot *slot);

/* registers.c: what the CA core reaches through the connector */
enum {
	lab_status_re = 0x01,
	lab_status_we = 0x02,
	lab_status_fr = 0x40,
	lab_status_da = 0x80,
	lab_command_daie = 0x80,
	lab_command_frie = 0x40,
};
/* With the slot's lock held. */
u8 lab_status(const struct lab_slot *slot);
void lab_registers_reset(struct lab_slot *slot);
int lab_read_attribute_mem(struct dvb_ca_en50221 *ca, int slot, int address);
int lab_write_attribute_mem(struct dvb_ca_en50221 *ca, int slot, int address, u8 value);
int lab_read_cam_control(struct dvb_ca_en50221 *ca, int slot, u8 address);
int lab_write_cam_control(struct dvb_ca_en50221 *ca, int slot, u8 address, u8 value);

/* cis.c */
enum { lab_configuration_base = 0xffe, lab_configuration_option = 0x0f };
/* Attribute memory byte n stands at address 2n. */
void lab_build_cis(const struct lab_module *module, u8 *cis, size_t size);

/* descrambler.c */
int lab_descrambler_register(struct lab_adapter *adapter);
void lab_descrambler_unregister(struct lab_adapter *adapter);

#endif
