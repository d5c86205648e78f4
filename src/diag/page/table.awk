# Makes C of the page's style and program: a function for each file, which gives its lines. One table is one line of C.
BEGIN {
	print "/* Made of src/diag/page when the program is built: edit that. */"
	print "#include \"diag/render_parts.h\""
}
FNR == 1 {
	if (NR > 1)
		print "0};\n\n\treturn lines;\n}"
	name = FILENAME ~ /\.css$/ ? "style" : "program"
	print "\nconst char *const *render_page_" name "(void)\n{"
	printf "\tstatic const char *const lines[] = {"
}
{
	line = ""
	for (i = 1; i <= length($0); i++) {
		c = substr($0, i, 1)
		line = line (c == "\"" || c == "\\" ? "\\" c : c == "\t" ? "\\t" : c)
	}
	printf "\"%s\\n\", ", line
}
END { print "0};\n\n\treturn lines;\n}" }
