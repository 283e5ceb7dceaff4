// SPDX-License-Identifier: GPL-2.0-or-later
/* The misc devices: records of lab_protocol.h, one a read() and one a write(). */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "lab.h"

/* The host is paced by FR, so more than this waits only where nobody reads. */
enum { most_waiting = 256 };

struct entry {
	struct list_head link;
	u32 size;
	u8 bytes[];
};

void lab_node_post(struct lab_node *node, u16 type, const void *payload, u32 length)
{
	const struct lab_record header = { .type = type, .length = length };
	struct entry *entry = kmalloc(sizeof(*entry) + sizeof(header) + length, GFP_ATOMIC);
	unsigned long flags;

	if (!entry) {
		pr_warn_ratelimited("%s: no memory for record %u\n", node->name, type);
		return;
	}
	entry->size = sizeof(header) + length;
	memcpy(entry->bytes, &header, sizeof(header));
	if (length)
		memcpy(entry->bytes + sizeof(header), payload, length);

	spin_lock_irqsave(&node->lock, flags);
	if (node->open && node->waiting < most_waiting) {
		list_add_tail(&entry->link, &node->records);
		node->waiting++;
		entry = NULL;
	} else if (node->open) {
		pr_warn_ratelimited("%s: nobody reads; record %u is lost\n", node->name, type);
	}
	spin_unlock_irqrestore(&node->lock, flags);
	kfree(entry);
	lab_node_wake(node);
}

bool lab_node_has_unread(struct lab_node *node, u16 type)
{
	struct lab_record header;
	struct entry *entry;
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&node->lock, flags);
	list_for_each_entry(entry, &node->records, link) {
		memcpy(&header, entry->bytes, sizeof(header));
		if (header.type == type)
			found = true;
	}
	spin_unlock_irqrestore(&node->lock, flags);
	return found;
}

static bool has_record(struct lab_node *node)
{
	unsigned long flags;
	bool has;

	spin_lock_irqsave(&node->lock, flags);
	has = !list_empty(&node->records);
	spin_unlock_irqrestore(&node->lock, flags);
	return has;
}

static void set_open(struct lab_node *node, bool open)
{
	struct entry *entry, *next;
	unsigned long flags;
	LIST_HEAD(stale);

	spin_lock_irqsave(&node->lock, flags);
	node->open = open;
	node->waiting = 0;
	list_splice_init(&node->records, &stale);
	spin_unlock_irqrestore(&node->lock, flags);
	list_for_each_entry_safe(entry, next, &stale, link)
		kfree(entry);
}

static struct lab_node *node_of(struct file *file)
{
	return container_of(file->private_data, struct lab_node, misc);
}

static int node_open(struct inode *inode, struct file *file)
{
	struct lab_node *node = node_of(file);

	if (test_and_set_bit(0, &node->busy))
		return -EBUSY;
	set_open(node, true);
	if (node->ops->opened)
		node->ops->opened(node);
	return stream_open(inode, file);
}

static int node_release(struct inode *inode, struct file *file)
{
	struct lab_node *node = node_of(file);

	node->ops->closed(node);
	set_open(node, false);
	clear_bit(0, &node->busy);
	return 0;
}

static ssize_t node_read(struct file *file, char __user *buffer, size_t count, loff_t *position)
{
	struct lab_node *node = node_of(file);
	struct entry *entry;
	unsigned long flags;
	ssize_t result;

	do {
		if (!has_record(node)) {
			if (file->f_flags & O_NONBLOCK)
				return -EAGAIN;
			result = wait_event_interruptible(node->wait, has_record(node));
			if (result)
				return result;
		}
		spin_lock_irqsave(&node->lock, flags);
		entry = list_first_entry_or_null(&node->records, struct entry, link);
		if (entry && entry->size > count) {
			spin_unlock_irqrestore(&node->lock, flags);
			return -EMSGSIZE;
		}
		if (entry) {
			list_del(&entry->link);
			node->waiting--;
		}
		spin_unlock_irqrestore(&node->lock, flags);
	} while (!entry);

	result = copy_to_user(buffer, entry->bytes, entry->size) ? -EFAULT : (ssize_t)entry->size;
	kfree(entry);
	return result;
}

static int take_once(struct lab_node *node, const char __user *buffer, size_t count)
{
	struct lab_record header;
	int result;

	if (count < sizeof(header) || count > sizeof(header) + node->ops->longest)
		return -EINVAL;
	if (mutex_lock_interruptible(&node->write_lock))
		return -ERESTARTSYS;
	if (copy_from_user(node->incoming, buffer, count)) {
		result = -EFAULT;
	} else {
		memcpy(&header, node->incoming, sizeof(header));
		if (header.length != count - sizeof(header))
			result = -EINVAL;
		else
			result = node->ops->take(node, header.type, node->incoming + sizeof(header),
						 header.length);
	}
	mutex_unlock(&node->write_lock);
	return result;
}

static ssize_t node_write(struct file *file, const char __user *buffer, size_t count,
			  loff_t *position)
{
	struct lab_node *node = node_of(file);

	for (;;) {
		int result = take_once(node, buffer, count);

		if (result != -EAGAIN || (file->f_flags & O_NONBLOCK))
			return result ? result : (ssize_t)count;
		/* without the lock: an eject must get past a fragment that waits */
		result = wait_event_interruptible(node->wait, node->ops->writable(node));
		if (result)
			return result;
	}
}

static __poll_t node_poll(struct file *file, poll_table *table)
{
	struct lab_node *node = node_of(file);
	__poll_t mask = 0;

	poll_wait(file, &node->wait, table);
	if (has_record(node))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (node->ops->writable(node))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

static const struct file_operations node_fops = {
	.owner = THIS_MODULE,
	.open = node_open,
	.release = node_release,
	.read = node_read,
	.write = node_write,
	.poll = node_poll,
};

void lab_node_init(struct lab_node *node, const struct lab_node_ops *ops)
{
	node->ops = ops;
	mutex_init(&node->write_lock);
	spin_lock_init(&node->lock);
	INIT_LIST_HEAD(&node->records);
	init_waitqueue_head(&node->wait);
}

int lab_node_register(struct lab_node *node, struct device *parent)
{
	int result;

	node->incoming = kvmalloc(sizeof(struct lab_record) + node->ops->longest, GFP_KERNEL);
	if (!node->incoming)
		return -ENOMEM;
	node->misc.minor = MISC_DYNAMIC_MINOR;
	node->misc.name = node->name;
	node->misc.fops = &node_fops;
	node->misc.parent = parent;
	node->misc.mode = 0600;
	result = misc_register(&node->misc);
	if (result) {
		kvfree(node->incoming);
		node->incoming = NULL;
	}
	return result;
}

/* Nobody has it open: an open node holds the module. */
void lab_node_unregister(struct lab_node *node)
{
	if (!node->incoming)
		return;
	misc_deregister(&node->misc);
	kvfree(node->incoming);
	node->incoming = NULL;
}
