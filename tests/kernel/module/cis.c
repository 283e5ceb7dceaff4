// SPDX-License-Identifier: GPL-2.0-or-later
/* The Card Information Structure of a DVB module: EN 50221 annex A on PC Card tuples. */
#include <linux/string.h>

#include "lab.h"

struct writer {
	u8 *bytes;
	size_t used, size;
};

static void put(struct writer *w, const void *bytes, size_t count)
{
	if (w->used + count > w->size)
		return;
	memcpy(w->bytes + w->used, bytes, count);
	w->used += count;
}

static void put_byte(struct writer *w, u8 value)
{
	put(w, &value, 1);
}

static void put_tuple(struct writer *w, u8 code, const void *body, u8 length)
{
	put_byte(w, code);
	put_byte(w, length);
	put(w, body, length);
}

static void put_string(struct writer *w, const char *text, size_t size)
{
	put(w, text, strnlen(text, size - 1));
	put_byte(w, 0);
}

void lab_build_cis(const struct lab_module *module, u8 *cis, size_t size)
{
	static const u8 device_oa[] = { 0x00, 0xdb, 0x08, 0xff };
	static const u8 device_oc[] = { 0x02, 0xdb, 0x08, 0xff };
	static const u8 configuration[] = {
		0x01, /* two bytes of base address, one of mask */
		lab_configuration_option,
		lab_configuration_base & 0xff, lab_configuration_base >> 8,
		0x01, /* only the COR is there */
		/* STCE_EV: interface number 0x0241 and its name */
		0xc0, 14, 0x41, 0x02, 'D', 'V', 'B', '_', 'C', 'I', '_', 'V', '1', '.', '0', '0',
	};
	static const u8 entry[] = {
		0xc0 | lab_configuration_option,
		0x04, 0x09, /* custom interface; Vcc and I/O space follow */
		0x3f, 0x55, 0x4d, 0x5d, 0x1d, 0x56, 0x22, /* 5 V, its currents, four registers */
		0xc0, 9, 'D', 'V', 'B', '_', 'H', 'O', 'S', 'T', 0,
		0xc1, 14, 'D', 'V', 'B', '_', 'C', 'I', '_', 'M', 'O', 'D', 'U', 'L', 'E', 0,
	};
	const u8 identity[] = {
		module->manufacturer_id & 0xff, module->manufacturer_id >> 8,
		module->card_id & 0xff, module->card_id >> 8,
	};
	u8 names[2 + sizeof(module->manufacturer) + sizeof(module->product) + 3];
	struct writer vers = { .bytes = names, .size = sizeof(names) };
	struct writer w = { .bytes = cis, .size = size };

	put_byte(&vers, 5);
	put_byte(&vers, 0);
	put_string(&vers, module->manufacturer, sizeof(module->manufacturer));
	put_string(&vers, module->product, sizeof(module->product));
	put_byte(&vers, 0);
	put_byte(&vers, 0);
	put_byte(&vers, 0xff);

	memset(cis, 0xff, size); /* what no tuple covers reads as the end of the chain */
	put_tuple(&w, 0x1d, device_oa, sizeof(device_oa));
	put_tuple(&w, 0x1c, device_oc, sizeof(device_oc));
	put_tuple(&w, 0x15, names, vers.used);
	put_tuple(&w, 0x20, identity, sizeof(identity));
	put_tuple(&w, 0x1a, configuration, sizeof(configuration));
	put_tuple(&w, 0x1b, entry, sizeof(entry));
	put_tuple(&w, 0x14, NULL, 0);
}
