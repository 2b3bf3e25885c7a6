/*
 * The maps, cdp-map(5), with which cdp-ingest reads the invented exports.
 * Constants.
 */
#ifndef CDP_SYNTH_MAPS_H
#define CDP_SYNTH_MAPS_H

extern const char tmall_map[], youzan_map[], wechat_map[], app_map[], pos_map[];

#endif
