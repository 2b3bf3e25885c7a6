# A small world of people with phones, nicks, openids and devices; some share
# a phone or a tablet, some rows are exported twice, some again with another
# status.  awk -v seed=N -v people=N -v rows=N -f world.awk; plain=1: none
# exported again with another status; shards=1: only with another version.
function chance(p) { return rand() < p }
function pick(n) { return int(rand() * n) }
function stamp(t) {
	return sprintf("2026-%02d-%02dT%02d:%02d:%02d.%03dZ",
	    1 + int(t / 2419200) % 12, 1 + int(t / 86400) % 28,
	    int(t / 3600) % 24, int(t / 60) % 60, t % 60, pick(1000))
}
function id(space, value) {
	ids = ids (ids == "" ? "" : ",") "\"" space "\":\"" value "\""
}
function row(p,    k, text) {
	ids = ""
	k = pick(6)
	if (k == 0 || k == 1)
		id("unionid", "u" p)
	if (k == 1 || k == 2)
		id("openid@wx" pick(2), "o" p (chance(.05) ? "x" : ""))
	if (k == 3 || (k == 0 && chance(.5)))
		id("phone", chance(.15) ? "+861390000" int(p / 4) : "+861380000" p)
	if (k == 4 || (k == 3 && chance(.4)))
		id("tmall", chance(.1) ? "Nick" p : "nick" p)
	if (k == 5 || chance(.2))
		id("device", chance(.3) ? "tablet" pick(3) : "d" p)
	if (chance(.05))
		ids = ids (ids == "" ? "" : ",") "\"email\":[\"A" p "@B.cn\",\"\\u0061" p "@b.cn\"]"
	if (chance(.03))
		id("card", chance(.5) ? "138****0000" : "unknown")
	text = "\"timestamp\":\"" stamp(pick(28000000)) "\",\"channel\":\"c" pick(3) "\",\"ids\":{" ids "}"
	if (chance(.3))
		text = text ",\"traits\":{\"name\":\"n" (chance(.9) ? p : pick(people)) "\",\"city\":\"c" pick(5) "\"}"
	return text
}
BEGIN {
	srand(seed)
	for (i = 0; i < rows; i++) {
		mid = "\"messageId\":\"m" i "\""
		p = int(people * rand() * rand())
		text = row(p)
		print "{\"type\":\"identify\"," mid "," text "}"
		if (chance(.05))
			print "{\"type\":\"identify\"," mid "," text "}"
		if (plain)
			continue
		if (chance(.05))
			print "{\"type\":\"identify\"," mid "," row(chance(.7) ? p : pick(people)) ",\"version\":" 1 + pick(3) ".5}"
		if (chance(.03) && !shards)
			print "{\"type\":\"track\"," mid "," row(p) "}"
	}
}
