# 60 days of 40 customers, once for each seed: a visit on a day in ten, one
# half of them by a, a fifth by b; 40 % of a order, after a log-normal delay with
# median 3 days and spread 0.9 (Box and Muller).
function r() { s = s * 16807 % 2147483647; return s / 2147483647 }
function event(name, t, id, k) {
	return sprintf("%011d,{\"type\":\"track\",\"event\":\"%s\",\"messageId\":\"%s\",\"timestamp\":\"2026-%02d-%02dT%02d:%02d:%02d.000Z\",\"properties\":{\"visit\":\"%s\",\"kind\":\"%s\"}}",
	    t, name, substr(name, 1, 1) id, 1 + (t >= 2678400) + (t >= 5097600), 1 + int(t / 86400) - (t >= 5097600 ? 59 : t >= 2678400 ? 31 : 0),
	    t % 86400 / 3600, t % 3600 / 60, t % 60, id, k)
}
BEGIN {
	for (seed = 1; seed <= seeds; seed++) {
		s = seed * 7919 + 12345
		for (i = 0; i < 50; i++) r()
		for (i = 1; i <= 40; i++) {
			n = 0
			e[++n] = event("Born", 0, "i" i)
			for (d = 0; d < 60; d++) {
				if (r() >= 0.1) continue
				t = int(86400 * d + 1 + r() * 86398)
				u = r()
				k = u < 0.5 ? "a" : u < 0.7 ? "b" : "c"
				e[++n] = event("Visited", t, i "-" d, k)
				if (k != "a" || r() >= 0.4) continue
				t = int(t + 1 + 259200 * exp(0.9 * sqrt(-2 * log(r())) * cos(6.283185307179586 * r())))
				if (t < 5184000) e[++n] = event("Order", t, i "-" d, k)
			}
			for (a = 2; a <= n; a++) {
				x = e[a]
				for (b = a - 1; b > 0 && e[b] > x; b--) e[b + 1] = e[b]
				e[b + 1] = x
			}
			line = ""
			for (a = 1; a <= n; a++) line = line "," substr(e[a], 13)
			printf "{\"profile_id\":\"p%d\",\"ids\":{},\"traits\":{},\"events\":[%s]}\n", i, substr(line, 2) >("p" seed)
		}
		close("p" seed)
	}
}
