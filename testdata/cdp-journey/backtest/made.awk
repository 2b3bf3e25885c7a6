function r() { s = s * 16807 % 2147483647; return s / 2147483647 }
function stamp(t) { return sprintf("2018-%02d-%02dT%02d:%02d:%02d.000Z", 1 + (t >= 31 * 86400), 1 + (t >= 31 * 86400 ? int(t / 86400) - 31 : int(t / 86400)), int(t % 86400 / 3600), int(t % 3600 / 60), t % 60) }
function ev(name, t, i, k) { printf "%s{\"type\":\"track\",\"event\":\"%s\",\"messageId\":\"m%d-%d\",\"timestamp\":\"%s\",\"properties\":{\"lang\":\"zh\"}}", (k > 1 ? "," : ""), name, i, k, stamp(int(t)) }
BEGIN { s = 3; for (i = 1; i <= 3000; i++) {
	printf "{\"profile_id\":\"p%d\",\"ids\":{\"openid\":[\"o%d\"]},\"traits\":{},\"events\":[", i, i
	t = r() * 24 * 86400; ev("Followed", t, i, 1)
	done = 0
	if (r() < 0.3) { ev("Survey Completed", t + 200 + r() * 200, i, 2); done = 1; e = t + 400 }
	else if (r() < 0.15) { ev("Survey Completed", t + 86400 + 200 + r() * 200, i, 2); done = 1; e = t + 86800 }
	else e = t + 172800
	if (r() < (done ? 0.2 : 0.35)) ev("Unfollowed", e + 86400 * (2.5 + r()), i, 3)
	print "]}" } }
