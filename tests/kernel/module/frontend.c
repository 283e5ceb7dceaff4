// SPDX-License-Identifier: GPL-2.0-or-later
/* The air: a frontend that locks when the other side of ts<A> says so, and the demux behind it. */
#include <linux/module.h>

#include "lab.h"

static struct lab_adapter *adapter_of(struct dvb_frontend *fe)
{
	return container_of(fe, struct lab_adapter, frontend);
}

static struct lab_signal_state signal_of(struct lab_adapter *adapter)
{
	struct lab_signal_state state;

	spin_lock(&adapter->lock);
	state = adapter->signal;
	if (!adapter->tuned)
		state = (struct lab_signal_state){ 0 };
	spin_unlock(&adapter->lock);
	return state;
}

static int fe_init(struct dvb_frontend *fe)
{
	struct lab_adapter *adapter = adapter_of(fe);

	spin_lock(&adapter->lock);
	adapter->tuning.diseqc_length = 0;
	spin_unlock(&adapter->lock);
	return 0;
}

static int fe_sleep(struct dvb_frontend *fe)
{
	struct lab_adapter *adapter = adapter_of(fe);

	spin_lock(&adapter->lock);
	adapter->tuned = false;
	adapter->signal.locked = 0;
	spin_unlock(&adapter->lock);
	lab_node_post(&adapter->air, lab_sleep, NULL, 0);
	return 0;
}

static void set_decibel(struct dtv_fe_stats *stats, bool known, s32 thousandths)
{
	stats->len = 1;
	stats->stat[0].scale = known ? FE_SCALE_DECIBEL : FE_SCALE_NOT_AVAILABLE;
	stats->stat[0].svalue = known ? thousandths : 0;
}

static void set_counter(struct dtv_fe_stats *stats, bool known)
{
	stats->len = 1;
	stats->stat[0].scale = known ? FE_SCALE_COUNTER : FE_SCALE_NOT_AVAILABLE;
	stats->stat[0].uvalue = 0;
}

static int fe_read_status(struct dvb_frontend *fe, enum fe_status *status)
{
	struct lab_adapter *adapter = adapter_of(fe);
	struct dtv_frontend_properties *cache = &fe->dtv_property_cache;
	const struct lab_signal_state state = signal_of(adapter);

	*status = 0;
	if (state.locked)
		*status = FE_HAS_SIGNAL | FE_HAS_CARRIER | FE_HAS_VITERBI | FE_HAS_SYNC | FE_HAS_LOCK;
	set_decibel(&cache->strength, adapter->tuned, state.strength_mdbm);
	set_decibel(&cache->cnr, state.locked, state.cnr_mdb);
	set_counter(&cache->post_bit_error, state.locked);
	set_counter(&cache->post_bit_count, state.locked);
	set_counter(&cache->block_error, state.locked);
	set_counter(&cache->block_count, state.locked);
	return 0;
}

static void report_tuning(struct lab_adapter *adapter)
{
	const struct dtv_frontend_properties *cache = &adapter->frontend.dtv_property_cache;
	struct lab_tuning tuning;

	spin_lock(&adapter->lock);
	tuning = adapter->tuning;
	tuning.delivery_system = cache->delivery_system;
	tuning.frequency = cache->frequency;
	tuning.symbol_rate = cache->symbol_rate;
	tuning.bandwidth_hz = cache->bandwidth_hz;
	tuning.modulation = cache->modulation;
	tuning.inner_fec = cache->fec_inner;
	tuning.stream_id = cache->stream_id;
	adapter->tuning = tuning;
	adapter->tuned = true;
	adapter->signal.locked = 0; /* until the other side has seen where we are now */
	spin_unlock(&adapter->lock);
	lab_node_post(&adapter->air, lab_tune, &tuning, sizeof(tuning));
}

static int fe_tune(struct dvb_frontend *fe, bool re_tune, unsigned int mode_flags,
		   unsigned int *delay, enum fe_status *status)
{
	if (re_tune)
		report_tuning(adapter_of(fe));
	fe_read_status(fe, status);
	*delay = *status & FE_HAS_LOCK ? HZ / 10 : HZ / 50;
	return 0;
}

static enum dvbfe_algo fe_algo(struct dvb_frontend *fe)
{
	return DVBFE_ALGO_HW;
}

static int fe_read_signal_strength(struct dvb_frontend *fe, u16 *strength)
{
	const struct lab_signal_state state = signal_of(adapter_of(fe));

	/* -100 dBm … 0 dBm on the whole scale */
	*strength = clamp(state.strength_mdbm + 100000, 0, 100000) * 65535LL / 100000;
	return 0;
}

static int fe_read_snr(struct dvb_frontend *fe, u16 *snr)
{
	const struct lab_signal_state state = signal_of(adapter_of(fe));

	*snr = state.locked ? clamp(state.cnr_mdb, 0, 65535) : 0;
	return 0;
}

static int fe_read_none(struct dvb_frontend *fe, u32 *count)
{
	*count = 0;
	return 0;
}

static int fe_set_voltage(struct dvb_frontend *fe, enum fe_sec_voltage voltage)
{
	struct lab_adapter *adapter = adapter_of(fe);

	spin_lock(&adapter->lock);
	adapter->tuning.voltage = voltage;
	spin_unlock(&adapter->lock);
	return 0;
}

static int fe_set_tone(struct dvb_frontend *fe, enum fe_sec_tone_mode tone)
{
	struct lab_adapter *adapter = adapter_of(fe);

	spin_lock(&adapter->lock);
	adapter->tuning.tone = tone;
	spin_unlock(&adapter->lock);
	return 0;
}

static int fe_diseqc(struct dvb_frontend *fe, struct dvb_diseqc_master_cmd *command)
{
	struct lab_adapter *adapter = adapter_of(fe);

	if (command->msg_len > sizeof(command->msg))
		return -EINVAL;
	spin_lock(&adapter->lock);
	adapter->tuning.diseqc_length = command->msg_len;
	memset(adapter->tuning.diseqc, 0, sizeof(adapter->tuning.diseqc));
	memcpy(adapter->tuning.diseqc, command->msg, command->msg_len);
	spin_unlock(&adapter->lock);
	return 0;
}

static int fe_diseqc_burst(struct dvb_frontend *fe, enum fe_sec_mini_cmd burst)
{
	return 0;
}

static const struct dvb_frontend_ops fe_ops = {
	.delsys = { SYS_DVBT, SYS_DVBT2, SYS_DVBC_ANNEX_A, SYS_DVBS, SYS_DVBS2 },
	.info = {
		.name = "cihost lab",
		.frequency_min_hz = 42 * MHz,
		.frequency_max_hz = 2200U * MHz,
		.symbol_rate_min = 100000,
		.symbol_rate_max = 60000000,
		.caps = FE_CAN_INVERSION_AUTO | FE_CAN_FEC_1_2 | FE_CAN_FEC_2_3 | FE_CAN_FEC_3_4 |
			FE_CAN_FEC_4_5 | FE_CAN_FEC_5_6 | FE_CAN_FEC_6_7 | FE_CAN_FEC_7_8 |
			FE_CAN_FEC_8_9 | FE_CAN_FEC_AUTO | FE_CAN_QPSK | FE_CAN_QAM_16 |
			FE_CAN_QAM_32 | FE_CAN_QAM_64 | FE_CAN_QAM_128 | FE_CAN_QAM_256 |
			FE_CAN_QAM_AUTO | FE_CAN_TRANSMISSION_MODE_AUTO | FE_CAN_BANDWIDTH_AUTO |
			FE_CAN_GUARD_INTERVAL_AUTO | FE_CAN_HIERARCHY_AUTO |
			FE_CAN_2G_MODULATION | FE_CAN_MULTISTREAM,
	},
	.init = fe_init,
	.sleep = fe_sleep,
	.tune = fe_tune,
	.get_frontend_algo = fe_algo,
	.read_status = fe_read_status,
	.read_signal_strength = fe_read_signal_strength,
	.read_snr = fe_read_snr,
	.read_ber = fe_read_none,
	.read_ucblocks = fe_read_none,
	.set_voltage = fe_set_voltage,
	.set_tone = fe_set_tone,
	.diseqc_send_master_cmd = fe_diseqc,
	.diseqc_send_burst = fe_diseqc_burst,
};

/* ---- the node ---- */

/* Whoever comes after the program has tuned is told. */
static void air_opened(struct lab_node *node)
{
	struct lab_adapter *adapter = container_of(node, struct lab_adapter, air);
	struct lab_tuning tuning;
	bool tuned;

	spin_lock(&adapter->lock);
	tuning = adapter->tuning;
	tuned = adapter->tuned;
	spin_unlock(&adapter->lock);
	if (tuned)
		lab_node_post(node, lab_tune, &tuning, sizeof(tuning));
}

static void air_closed(struct lab_node *node)
{
	struct lab_adapter *adapter = container_of(node, struct lab_adapter, air);

	spin_lock(&adapter->lock);
	adapter->signal = (struct lab_signal_state){ 0 };
	spin_unlock(&adapter->lock);
}

static int air_take(struct lab_node *node, u16 type, const void *payload, u32 length)
{
	struct lab_adapter *adapter = container_of(node, struct lab_adapter, air);

	switch (type) {
	case lab_signal:
		if (length != sizeof(adapter->signal))
			return -EINVAL;
		spin_lock(&adapter->lock);
		memcpy(&adapter->signal, payload, sizeof(adapter->signal));
		spin_unlock(&adapter->lock);
		return 0;
	case lab_packets:
		if (!length || length % 188)
			return -EINVAL;
		/* what comes without a lock nobody receives */
		if (signal_of(adapter).locked)
			dvb_dmx_swfilter_packets(&adapter->demux, payload, length / 188);
		return 0;
	default:
		return -EINVAL;
	}
}

static bool air_writable(struct lab_node *node)
{
	return true;
}

static const struct lab_node_ops air_ops = {
	.longest = lab_max_packets * 188,
	.opened = air_opened,
	.closed = air_closed,
	.take = air_take,
	.writable = air_writable,
};

static int feed_nothing_to_do(struct dvb_demux_feed *feed)
{
	return 0;
}

static int register_demux(struct lab_adapter *adapter)
{
	int result;

	adapter->demux = (struct dvb_demux){
		.dmx.capabilities = DMX_TS_FILTERING | DMX_SECTION_FILTERING |
				    DMX_MEMORY_BASED_FILTERING,
		.filternum = 256,
		.feednum = 256,
		.start_feed = feed_nothing_to_do,
		.stop_feed = feed_nothing_to_do,
	};
	result = dvb_dmx_init(&adapter->demux);
	if (result)
		return result;
	adapter->dmxdev.filternum = 256;
	adapter->dmxdev.demux = &adapter->demux.dmx;
	result = dvb_dmxdev_init(&adapter->dmxdev, &adapter->dvb);
	if (result)
		goto release_demux;
	adapter->source.source = DMX_FRONTEND_0;
	result = adapter->demux.dmx.add_frontend(&adapter->demux.dmx, &adapter->source);
	if (result)
		goto release_dmxdev;
	result = adapter->demux.dmx.connect_frontend(&adapter->demux.dmx, &adapter->source);
	if (!result)
		return 0;
	adapter->demux.dmx.remove_frontend(&adapter->demux.dmx, &adapter->source);
release_dmxdev:
	dvb_dmxdev_release(&adapter->dmxdev);
release_demux:
	dvb_dmx_release(&adapter->demux);
	return result;
}

static void unregister_demux(struct lab_adapter *adapter)
{
	adapter->demux.dmx.disconnect_frontend(&adapter->demux.dmx);
	adapter->demux.dmx.remove_frontend(&adapter->demux.dmx, &adapter->source);
	dvb_dmxdev_release(&adapter->dmxdev);
	dvb_dmx_release(&adapter->demux);
}

int lab_air_register(struct lab_adapter *adapter, struct device *parent)
{
	int result;

	spin_lock_init(&adapter->lock);
	snprintf(adapter->air.name, sizeof(adapter->air.name), "cihost_lab_ts%d", adapter->number);
	adapter->tuning.voltage = SEC_VOLTAGE_OFF;
	adapter->tuning.tone = SEC_TONE_OFF;
	/* before the frontend, which posts to it */
	lab_node_init(&adapter->air, &air_ops);
	result = lab_node_register(&adapter->air, parent);
	if (result)
		return result;
	result = register_demux(adapter);
	if (result)
		goto unregister_node;
	adapter->frontend.ops = fe_ops;
	result = dvb_register_frontend(&adapter->dvb, &adapter->frontend);
	if (!result)
		return 0;
	unregister_demux(adapter);
unregister_node:
	lab_node_unregister(&adapter->air);
	return result;
}

void lab_air_unregister(struct lab_adapter *adapter)
{
	lab_node_unregister(&adapter->air);
	dvb_unregister_frontend(&adapter->frontend);
	dvb_frontend_detach(&adapter->frontend);
	unregister_demux(adapter);
}
