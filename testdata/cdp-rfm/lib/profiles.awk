# customer, timestamp, order, amount (tab separated, sorted by customer and
# time) to profile lines with one event an order.
BEGIN { FS = "\t" }
function flush_line() {
	if (n > 0)
		printf "{\"profile_id\":\"%s\",\"ids\":{},\"last_seen\":\"%s\",\"events\":[%s]}\n", who, last, events
	n = 0
	events = ""
}
$1 != who { flush_line(); who = $1 }
{
	events = events (n++ > 0 ? "," : "") sprintf("{\"type\":\"track\",\"event\":\"Order Completed\",\"messageId\":\"m%s\",\"timestamp\":\"%s\",\"properties\":{\"order_id\":\"%s\",\"amount\":%s}}", $3, $2, $3, $4)
	last = $2
}
END { flush_line() }
