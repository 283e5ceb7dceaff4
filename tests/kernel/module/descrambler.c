// SPDX-License-Identifier: GPL-2.0-or-later
/* A ca node without any CI slot, as set-top boxes have it: hosts must see that it is not for them. */
#include <linux/dvb/ca.h>
#include <linux/module.h>

#include "lab.h"

static int descrambler_ioctl(struct file *file, unsigned int command, void *argument)
{
	struct ca_caps *caps = argument;

	if (command != CA_GET_CAP)
		return -EINVAL;
	*caps = (struct ca_caps){ .slot_num = 0, .slot_type = CA_DESCR, .descr_num = 8,
				  .descr_type = CA_ECD };
	return 0;
}

static const struct file_operations descrambler_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = dvb_generic_ioctl,
	.open = dvb_generic_open,
	.release = dvb_generic_release,
};

static const struct dvb_device descrambler_template = {
	.users = 1,
	.readers = 1,
	.writers = 1,
	.fops = &descrambler_fops,
	.kernel_ioctl = descrambler_ioctl,
#if defined(CONFIG_MEDIA_CONTROLLER_DVB)
	.name = "cihost-lab-descrambler",
#endif
};

int lab_descrambler_register(struct lab_adapter *adapter)
{
	return dvb_register_device(&adapter->dvb, &adapter->descrambler, &descrambler_template,
				   adapter, DVB_DEVICE_CA, 0);
}

void lab_descrambler_unregister(struct lab_adapter *adapter)
{
	if (adapter->descrambler)
		dvb_unregister_device(adapter->descrambler);
	adapter->descrambler = NULL;
}
