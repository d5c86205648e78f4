# CB_FLAGS - warnings, hardening and sanitizers, each flag only where the compiler knows it.
# The user's own CFLAGS come last and win.

AC_DEFUN([CB_TRY_CFLAG], [
	AC_MSG_CHECKING([whether $CC takes $1])
	cb_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror $1"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes]); $2="$$2 $1"], [AC_MSG_RESULT([no])])
	CFLAGS=$cb_save_CFLAGS
])

AC_DEFUN([CB_TRY_LDFLAG], [
	AC_MSG_CHECKING([whether the linker takes $1])
	cb_save_LDFLAGS=$LDFLAGS
	LDFLAGS="$LDFLAGS -Werror $1"
	AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes]); $2="$$2 $1"], [AC_MSG_RESULT([no])])
	LDFLAGS=$cb_save_LDFLAGS
])

AC_DEFUN([CB_FLAGS], [
	CB_CFLAGS=
	CB_LDFLAGS=
	AC_SUBST([CB_CFLAGS])
	AC_SUBST([CB_LDFLAGS])
	for cb_flag in -std=gnu11 -pthread -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
		-Wold-style-definition -Wpointer-arith -Wcast-align -Wwrite-strings -Wundef -Wvla -Wformat=2 \
		-Wswitch -Wswitch-enum -Wlogical-op -Wduplicated-cond -Wnull-dereference -Wimplicit-fallthrough \
		-Wdouble-promotion -fno-common -fno-strict-aliasing
	do
		CB_TRY_CFLAG([$cb_flag], [CB_CFLAGS])
	done
	AS_IF([test "$enable_werror" = yes], [CB_CFLAGS="$CB_CFLAGS -Werror"])

	cb_san=
	AS_IF([test "$enable_asan" = yes], [cb_san="$cb_san -fsanitize=address"])
	AS_IF([test "$enable_ubsan" = yes], [cb_san="$cb_san -fsanitize=undefined -fno-sanitize-recover=undefined"])
	AS_IF([test "$enable_tsan" = yes], [cb_san="$cb_san -fsanitize=thread"])
	AS_IF([test "$enable_fuzzing" = yes], [cb_san="$cb_san -fsanitize=fuzzer-no-link"])
	AS_IF([test "$enable_coverage" = yes], [
		CB_CFLAGS="$CB_CFLAGS --coverage -O0"
		CB_LDFLAGS="$CB_LDFLAGS --coverage"
	])
	AS_IF([test -n "$cb_san"], [
		CB_CFLAGS="$CB_CFLAGS$cb_san -fno-omit-frame-pointer -g"
		CB_LDFLAGS="$CB_LDFLAGS$cb_san"
	], [
		# Fortification wants optimisation, and the sanitizers want to see the plain calls.
		AS_IF([test "$enable_coverage" = no], [CB_CFLAGS="$CB_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])
	])
	for cb_flag in -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection
	do
		CB_TRY_CFLAG([$cb_flag], [CB_CFLAGS])
	done
	for cb_flag in -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
	do
		CB_TRY_LDFLAG([$cb_flag], [CB_LDFLAGS])
	done
])
