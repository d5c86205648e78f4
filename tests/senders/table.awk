# The table of the README that says how to point a sender at catchbasin: for each row sender, over, framing, line; tabs
# between. Rows without a listener or without a line to copy are left out.
BEGIN { FS = "|" }
/^## / { here = /^## Point your sender at catchbasin/ }
!here || NF != 5 { next }
{
	line = $4 ~ /^ `[^`]*` $/
	for (i = 2; i <= 4; i++)
		gsub(/^ | $|`/, "", $i)
	over = $3
	framing = "auto"
	if (over ~ /, framing = /) {
		framing = over
		sub(/,.*/, "", over)
		sub(/.* = /, "", framing)
	}
	if (line && over ~ /^(tcp|udp|unix|unixgram)$/)
		print $2 "\t" over "\t" framing "\t" $4
}
