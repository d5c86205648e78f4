# CB_FLAGS - warnings, hardening and sanitizers, each flag only where the compiler knows it.
# They go into AM_CFLAGS and AM_LDFLAGS: the user's own CFLAGS and LDFLAGS come after them and win.

# CB_TRY_CFLAG(FLAG, VARIABLE): adds FLAG to VARIABLE if the compiler takes it without a word.
AC_DEFUN([CB_TRY_CFLAG], [
	AC_MSG_CHECKING([whether $CC takes $1])
	cb_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror $1"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes]); $2="$$2 $1"], [AC_MSG_RESULT([no])])
	CFLAGS=$cb_save_CFLAGS
])

# CB_TRY_LDFLAG(FLAG, VARIABLE): the same for linking.
AC_DEFUN([CB_TRY_LDFLAG], [
	AC_MSG_CHECKING([whether the linker takes $1])
	cb_save_CFLAGS=$CFLAGS
	cb_save_LDFLAGS=$LDFLAGS
	CFLAGS="$CFLAGS -fPIE"
	LDFLAGS="$LDFLAGS -Werror $1"
	AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes]); $2="$$2 $1"], [AC_MSG_RESULT([no])])
	CFLAGS=$cb_save_CFLAGS
	LDFLAGS=$cb_save_LDFLAGS
])

# CB_DEFAULT_CFLAGS: what CFLAGS are when the user says nothing. Before AC_PROG_CC.
AC_DEFUN([CB_DEFAULT_CFLAGS], [
	AS_IF([test "$enable_coverage" = yes], [: "${CFLAGS=-O0 -g}"],
		[test "$enable_asan$enable_ubsan$enable_tsan$enable_fuzzing" != nononono], [: "${CFLAGS=-O1 -g}"],
		[: "${CFLAGS=-O2 -g}"])
])

# CB_SANITIZERS: what was asked for must also link and not only compile.
AC_DEFUN([CB_SANITIZERS], [
	cb_san=
	AS_IF([test "$enable_asan" = yes], [cb_san="$cb_san -fsanitize=address"])
	AS_IF([test "$enable_ubsan" = yes], [cb_san="$cb_san -fsanitize=undefined -fno-sanitize-recover=undefined"])
	AS_IF([test "$enable_tsan" = yes], [cb_san="$cb_san -fsanitize=thread"])
	AS_IF([test "$enable_fuzzing" = yes], [cb_san="$cb_san -fsanitize=fuzzer-no-link"])
	AS_IF([test -n "$cb_san"], [
		AC_MSG_CHECKING([whether $CC links with$cb_san])
		cb_save_CFLAGS=$CFLAGS
		CFLAGS="$CFLAGS$cb_san"
		AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes])], [
			AC_MSG_RESULT([no])
			AS_IF([test "$enable_fuzzing" = yes],
				[AC_MSG_ERROR([--enable-fuzzing needs clang and its runtime: configure with CC=clang])])
			AC_MSG_ERROR([$CC cannot link with$cb_san])
		])
		CFLAGS=$cb_save_CFLAGS
		# Each function begins with a call of __fentry__: src/base/sync_model_whole.c. Not for the linker: it would add
		# a profiler.
		CB_TRY_CFLAG([-pg -mfentry], [CB_CPPFLAGS])
		CB_CFLAGS="$CB_CFLAGS$cb_san -fno-omit-frame-pointer"
		CB_LDFLAGS="$CB_LDFLAGS$cb_san"
	])
])

# CB_FORTIFY: fortification wants optimisation, and the sanitizers want to see the plain calls.
AC_DEFUN([CB_FORTIFY], [
	AS_IF([test -z "$cb_san" && test "$enable_coverage" = no], [
		AC_MSG_CHECKING([whether CFLAGS optimise])
		AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#ifndef __OPTIMIZE__
#error plain
#endif
			]])],
			[AC_MSG_RESULT([yes]); CB_CFLAGS="$CB_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"],
			[AC_MSG_RESULT([no])])
	])
])

AC_DEFUN([CB_FLAGS], [
	CB_CFLAGS=
	CB_LDFLAGS=
	CB_CPPFLAGS=
	AC_SUBST([CB_CPPFLAGS])
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

	CB_SANITIZERS
	AS_IF([test "$enable_coverage" = yes], [
		CB_CFLAGS="$CB_CFLAGS --coverage"
		CB_LDFLAGS="$CB_LDFLAGS --coverage"
	])

	CB_FORTIFY
	for cb_flag in -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection
	do
		CB_TRY_CFLAG([$cb_flag], [CB_CFLAGS])
	done
	for cb_flag in -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed
	do
		CB_TRY_LDFLAG([$cb_flag], [CB_LDFLAGS])
	done
])
