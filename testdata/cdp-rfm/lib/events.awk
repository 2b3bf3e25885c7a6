# customer, timestamp, event, order, amount or "-", currency or "-" (blanks
# between, sorted by customer and time) to profile lines.
function flush_line() {
	if (who != "")
		printf "{\"profile_id\":\"%s\",\"last_seen\":\"%s\",\"events\":[%s]}\n", who, last, events
	n = 0
	events = ""
}
$1 != who { flush_line(); who = $1 }
{
	events = events (n++ > 0 ? "," : "") sprintf("{\"event\":\"Order %s\",\"messageId\":\"m%d\",\"timestamp\":\"%sZ\",\"properties\":{\"order_id\":\"%s\"", $3, NR, $2, $4)
	if ($5 != "-")
		events = events ",\"amount\":" $5
	if ($6 != "-" && $6 != "")
		events = events ",\"currency\":\"" $6 "\""
	events = events "}}"
	last = $2 "Z"
}
END { flush_line() }
