# Makes C of the status page: page.html, with style and program in the places of the lines "@page.css@" and "@page.js@".
# A line is a string, so that no string is longer than a compiler must take.
function emit(file,   line, out, i, c) {
	while ((getline line < file) > 0) {
		if (line ~ /^@page\.[a-z]+@$/) {
			emit(dir substr(line, 2, length(line) - 2))
			continue
		}
		out = ""
		for (i = 1; i <= length(line); i++) {
			c = substr(line, i, 1)
			out = out (c == "\"" || c == "\\" ? "\\" c : c == "\t" ? "\\t" : c)
		}
		printf "\"%s\\n\", ", out
	}
	close(file)
}
BEGIN {
	dir = ARGV[1]
	sub(/[^\/]*$/, "", dir)
	print "/* Made of src/daemon/page when the program is built: edit that. */"
	print "#include \"daemon/metrics_impl.h\""
	print "\nconst char *const *page_lines(void)\n{"
	printf "\tstatic const char *const lines[] = {"
	emit(ARGV[1])
	print "0};\n\n\treturn lines;\n}"
}
