# Hillstrom's file to profile lines; the row number is the customer.
NR > 1 {
	sub(/\r$/, "")
	gsub(/"[^"]*"/, "seven")
	split($0, c, ",")
	printf "{\"profile_id\":\"%05d\",\"traits\":{\"row\":%d,\"recency\":%s,\"history\":%s,\"mens\":%s,\"womens\":%s,\"zip\":\"%s\",\"newbie\":%s,\"channel\":\"%s\",\"arm\":\"%s\",\"visit\":%s,\"conversion\":%s,\"spend\":%s},\"events\":[]}\n", NR - 2, NR - 2, c[1], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10], c[11], c[12]
}
