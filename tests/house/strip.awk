# Blanks comments and the insides of strings of C files, keeping lines: "path:line:text".
# Comment state ends with its file.
FNR == 1 { inside = 0 }
{
	out = ""
	n = length($0)
	for (i = 1; i <= n; i++) {
		two = substr($0, i, 2)
		one = substr($0, i, 1)
		if (inside) {
			if (two == "*/") {
				inside = 0
				i++
			}
		} else if (two == "/*") {
			inside = 1
			i++
		} else if (two == "//") {
			break
		} else if ((one == "\"" || one == "'") && $0 !~ /^#include/) {
			out = out one
			for (i++; i <= n && substr($0, i, 1) != one; i++)
				if (substr($0, i, 1) == "\\")
					i++
			out = out one
		} else {
			out = out one
		}
	}
	print FILENAME ":" FNR ":" out
}
