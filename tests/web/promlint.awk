# Reads what Prometheus would (text format 0.0.4), and tells what promtool would find fault with, and more. One finding a
# line; status 1 if there is any.

function bad(what) {
	print "line " NR ": " what
	findings++
}

# The family a sample belongs to.
function family_of(name,   base) {
	if (name in type)
		return name
	base = name
	sub(/_(bucket|sum|count)$/, "", base)
	return base in type && type[base] == "histogram" ? base : ""
}

# Checks {a="b",c="d"}; fills label[], and series, which is the labels but for le.
function read_labels(text,   rest, name, value) {
	split("", label)
	series = ""
	rest = substr(text, 2, length(text) - 2)
	while (rest != "") {
		if (!match(rest, /^[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*"/)) {
			bad("labels are not well-formed: " text)
			return
		}
		name = substr(rest, 1, index(rest, "=") - 1)
		value = substr(rest, index(rest, "=") + 2, RLENGTH - length(name) - 3)
		rest = substr(rest, RLENGTH + 1)
		if (rest != "" && substr(rest, 1, 1) != ",")
			bad("labels are not well-formed: " text)
		rest = substr(rest, 2)
		if (name ~ /^__/)
			bad("label " name " is reserved")
		if (name in label)
			bad("label " name " stands twice")
		label[name] = value
		if (name != "le")
			series = series name "=" value ";"
	}
}

function check_name(name) {
	if (name !~ /^[a-z][a-z0-9_]*$/)
		bad(name ": not in snake case")
	if (name ~ /_(ms|us|ns|milliseconds|microseconds|nanoseconds|minutes|hours|days|kb|mb|gb|kib|mib|gib|kilobytes|megabytes|percent|pct)(_|$)/)
		bad(name ": not in a base unit")
	if (name ~ /_(counter|gauge|histogram|summary)(_|$)/)
		bad(name ": its type is in its name")
	if (name ~ /_(seconds|bytes)_/ && name !~ /_(seconds|bytes)_total$/)
		bad(name ": the unit does not stand at its end")
}

function number(text) {
	return text == "+Inf" ? 1e300 : text + 0
}

/^# HELP / {
	if (split($0, part, " ") < 4)
		bad("HELP says nothing: " $0)
	if ($3 in help)
		bad($3 ": HELP stands twice")
	if ($0 !~ /\.$/)
		bad($3 ": HELP is no sentence")
	help[$3] = 1
	next
}

/^# TYPE / {
	if (!($3 in help))
		bad($3 ": TYPE before HELP")
	if ($3 in type)
		bad($3 ": TYPE stands twice")
	if ($4 !~ /^(counter|gauge|histogram)$/)
		bad($3 ": type " $4)
	if (($4 == "counter") != ($3 ~ /_total$/))
		bad($3 ": a counter ends in _total, and nothing else does")
	if ($3 ~ /_(bucket|sum|count)$/)
		bad($3 ": ends as the parts of a histogram do")
	check_name($3)
	type[$3] = $4
	next
}

/^#/ {
	bad("a comment: " $0)
	next
}

/^$/ {
	bad("an empty line")
	next
}

{
	name = $0
	sub(/[{ ].*/, "", name)
	rest = substr($0, length(name) + 1)
	labels = ""
	if (substr(rest, 1, 1) == "{") {
		match(rest, /^\{([^"}]|"([^"\\]|\\.)*")*\}/)
		labels = substr(rest, 1, RLENGTH)
		rest = substr(rest, RLENGTH + 1)
	}
	family = family_of(name)
	if (family == "")
		bad(name ": a sample before HELP and TYPE")
	if (family != current && family in closed)
		bad(name ": the samples of " family " do not stand together")
	if (current != family && current != "")
		closed[current] = 1
	current = family
	samples[family]++
	if ((name labels) in seen)
		bad("twice: " name labels)
	seen[name labels] = 1
	if (rest !~ /^ (-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?|\+Inf|NaN)$/)
		bad(name ": no number:" rest)
	if (type[family] == "counter" && rest ~ /^ -/)
		bad(name ": a counter below 0")
	read_labels(labels)
	if (type[family] != "histogram")
		next
	key = family " " series
	value = substr(rest, 2) + 0
	if (name ~ /_bucket$/) {
		if (!("le" in label))
			bad(name ": a bucket without le")
		if (key in bound && number(label["le"]) <= bound[key])
			bad(name ": bounds do not rise")
		if (key in bucket && value < bucket[key])
			bad(name ": buckets are not cumulative")
		bound[key] = number(label["le"])
		bucket[key] = value
		last[key] = label["le"]
	} else if (name ~ /_count$/) {
		count[key] = value
	} else if (name ~ /_sum$/) {
		sum[key] = value
	} else {
		bad(name ": no part of a histogram")
	}
}

END {
	for (name in help)
		if (!(name in type))
			bad(name ": HELP without TYPE")
	for (name in type)
		if (!(name in samples))
			bad(name ": no sample")
	for (key in bucket) {
		if (last[key] != "+Inf")
			bad(key ": the last bucket is not +Inf")
		if (!(key in count) || count[key] != bucket[key])
			bad(key ": the last bucket is not the count")
		if (!(key in sum))
			bad(key ": no sum")
	}
	if (NR == 0)
		bad("nothing at all")
	exit findings > 0
}
