#include "synth/maps.h"

const char tmall_map[] = "{}\n";
const char youzan_map[] = "{}\n";
const char wechat_map[] = "{}\n";
const char app_map[] = "{}\n";
const char pos_map[] = "{}\n";
