/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CIHOST_LAB_PROTOCOL_H
#define CIHOST_LAB_PROTOCOL_H

/*
 * What the kernel module of the lab (tests/kernel) and cihost-sim say to each other. C, since the
 * module includes it too. Integers have the machine's byte order unless said otherwise.
 *
 *   /dev/cihost_lab_ts<A>        the air of adapter A: what is tuned, what is received
 *   /dev/cihost_lab_cam<A>.<S>   the CAM in slot S of adapter A, at the PCMCIA connector
 *
 * Each node has one opener (EBUSY). One read() gives one record, one write() takes one; both begin
 * with a lab_record, whose length counts what follows it. read() gives EAGAIN when nothing is there
 * and O_NONBLOCK is set; poll() says POLLIN when a record waits, and POLLOUT when a lab_data or
 * lab_packets record would be taken (else their write() gives EAGAIN or waits).
 *
 * lab_ready 1, lab_free and lab_module_fragment written while a lab_reset or lab_interface_reset waits
 * unread are of the module's life before it: taken, and without effect.
 *
 * Closing cam<A>.<S> pulls the module out; closing ts<A> takes the signal away.
 */

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

struct lab_record {
    uint16_t type;
    uint16_t reserved;
    uint32_t length;
    /* payload follows */
};

enum {
    /* cam: from the host's side to the module (read) */
    lab_host_fragment = 1, /* one link fragment as written to DATA: [tcid][0x80 more|0][TPDU bytes] */
    lab_reset = 2,         /* the slot's RESET line: the module starts from nothing */
    lab_interface_reset = 3, /* COMMAND RS: buffers are empty, FR is set, connections are gone */
    lab_buffer_size = 4,   /* uint16_t: what the host chose, link header included. Without a reset
                              before it: the host begins the link anew after RE or WE */
    lab_ts_enable = 5,     /* uint8_t: 1 = the transport stream goes through the module */
    lab_shutdown = 6,      /* power off */
    lab_fragment_read = 7, /* the host has fetched the last lab_module_fragment, or thrown it away
                              on the way to a new lab_buffer_size. A reset empties the buffer
                              without this record */

    /* cam: from the module to the host (write) */
    lab_insert = 32,          /* lab_module: put into the slot; its buffer has 16 bytes or more */
    lab_eject = 33,           /* pulled out */
    lab_ready = 34,           /* uint8_t: the READY line */
    lab_module_fragment = 35, /* one link fragment for the host; raises DA. One at a time: the next
                                 one is taken after lab_fragment_read. EIO while the slot is
                                 empty */
    lab_free = 36,            /* uint8_t: the FR bit; a host fragment takes it away, this gives it
                                 back */
    lab_faults = 37,          /* uint32_t: lab_fault_*; until changed */

    /* ts: what the receiver does (read) */
    lab_tune = 64,  /* lab_tuning: a program asked for this */
    lab_sleep = 65, /* the frontend was closed and powered down */

    /* ts: what comes in (write) */
    lab_signal = 96,  /* lab_signal_state */
    lab_packets = 97, /* packets of 188 bytes, 1…lab_max_packets, as they leave the last module */
};

enum {
    lab_max_fragment = 4096,
    lab_max_packets = 340,
};

struct lab_module {
    /* what SIZE says during the buffer negotiation */
    uint16_t buffer_size;
    uint16_t manufacturer_id;
    uint16_t card_id;
    uint16_t reserved;
    /* CIS VERS_1, zero-terminated */
    char manufacturer[32];
    char product[32];
};

enum {
    lab_fault_cis = 1u << 0,         /* garbage in attribute memory */
    lab_fault_never_ready = 1u << 1, /* the READY line does not come */
    lab_fault_never_free = 1u << 2,  /* FR does not come after RS */
    lab_fault_link_size = 1u << 3,   /* negotiation gives nonsense (SIZE 0) */
    lab_fault_read_once = 1u << 4,   /* RE at the next fragment read, then clears itself */
    lab_fault_write_once = 1u << 5,  /* WE at the next fragment written, then clears itself */
    lab_fault_hang = 1u << 6,        /* FR and DA both stay away: takes nothing, says nothing */
};

/* As linux/dvb/frontend.h names them; 0 where the program did not say. */
struct lab_tuning {
    uint32_t delivery_system; /* SYS_* */
    uint32_t frequency;       /* Hz; kHz of the intermediate frequency for satellite */
    uint32_t symbol_rate;
    uint32_t bandwidth_hz;
    uint32_t modulation;
    uint32_t inner_fec;
    uint32_t stream_id;
    uint32_t voltage; /* SEC_VOLTAGE_* */
    uint32_t tone;    /* SEC_TONE_* */
    /* the last DiSEqC message, if there was one since the frontend was opened */
    uint32_t diseqc_length;
    uint8_t diseqc[8];
};

struct lab_signal_state {
    uint32_t locked;
    /* thousandths of a dBm and of a dB: DTV_STAT_SIGNAL_STRENGTH and DTV_STAT_CNR in FE_SCALE_DECIBEL */
    int32_t strength_mdbm;
    int32_t cnr_mdb;
    uint32_t reserved;
};

#endif
