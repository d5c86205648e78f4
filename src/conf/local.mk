# conf - what the user said.
noinst_LIBRARIES += %D%/libconf.a
%C%_libconf_a_SOURCES = \
	%D%/check.c \
	%D%/config.c %D%/config.h \
	%D%/describe.c %D%/describe.h \
	%D%/diff.c \
	%D%/dump.c \
	%D%/file.c %D%/file.h \
	%D%/hint.c %D%/hint.h \
	%D%/keys.c %D%/keys.h \
	%D%/loader.c %D%/loader.h \
	%D%/reload.c %D%/reload.h \
	%D%/section.c %D%/section.h \
	%D%/value.c %D%/value_out.c %D%/value.h
%C%_libconf_a_CPPFLAGS = $(AM_CPPFLAGS) $(INIH_CFLAGS)
