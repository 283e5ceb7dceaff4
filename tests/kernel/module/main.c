// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "lab.h"

static int adapters = 1;
module_param(adapters, int, 0444);
MODULE_PARM_DESC(adapters, "number of DVB adapters (1-4, default 1)");

static int slots = 1;
module_param(slots, int, 0444);
MODULE_PARM_DESC(slots, "CI slots of each adapter (0-2, default 1)");

bool lab_interrupts = true;
module_param_named(interrupts, lab_interrupts, bool, 0444);
MODULE_PARM_DESC(interrupts, "card-change, FR and DA interrupts (default 1; 0 = the core polls)");

static bool descrambler;
module_param(descrambler, bool, 0444);
MODULE_PARM_DESC(descrambler, "a further ca node that has a descrambler and no CI slot (default 0)");

DVB_DEFINE_MOD_OPT_ADAPTER_NR(adapter_nr);

static struct platform_device *parent;
static struct lab_adapter *registered[lab_max_adapters];

static void remove_adapter(struct lab_adapter *adapter)
{
	lab_descrambler_unregister(adapter);
	lab_slots_unregister(adapter);
	lab_air_unregister(adapter);
	dvb_unregister_adapter(&adapter->dvb);
	kvfree(adapter);
}

static struct lab_adapter *add_adapter(void)
{
	struct lab_adapter *adapter = kvzalloc(sizeof(*adapter), GFP_KERNEL);
	int result;

	if (!adapter)
		return ERR_PTR(-ENOMEM);
	result = dvb_register_adapter(&adapter->dvb, "cihost lab", THIS_MODULE, &parent->dev,
				      adapter_nr);
	if (result < 0)
		goto free;
	adapter->number = adapter->dvb.num;
	result = lab_air_register(adapter, &parent->dev);
	if (result)
		goto unregister_adapter;
	result = lab_slots_register(adapter, slots, &parent->dev);
	if (result)
		goto unregister_air;
	if (descrambler)
		result = lab_descrambler_register(adapter);
	if (!result)
		return adapter;
	lab_slots_unregister(adapter);
unregister_air:
	lab_air_unregister(adapter);
unregister_adapter:
	dvb_unregister_adapter(&adapter->dvb);
free:
	kvfree(adapter);
	return ERR_PTR(result);
}

static void lab_exit(void)
{
	int i;

	for (i = lab_max_adapters - 1; i >= 0; i--)
		if (registered[i])
			remove_adapter(registered[i]);
	platform_device_unregister(parent);
}

static int __init lab_init(void)
{
	int i;

	if (adapters < 1 || adapters > lab_max_adapters || slots < 0 || slots > lab_max_slots) {
		pr_err("cihost_lab: adapters=1..4 slots=0..2\n");
		return -EINVAL;
	}
	parent = platform_device_register_simple("cihost_lab", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	for (i = 0; i < adapters; i++) {
		struct lab_adapter *adapter = add_adapter();

		if (IS_ERR(adapter)) {
			lab_exit();
			return PTR_ERR(adapter);
		}
		registered[i] = adapter;
	}
	return 0;
}

module_init(lab_init);
module_exit(lab_exit);

MODULE_AUTHOR("the cihost contributors");
MODULE_DESCRIPTION("DVB adapters whose air and CAMs are a process in user space");
MODULE_LICENSE("GPL");
