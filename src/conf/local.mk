# conf - what the user said.
noinst_LIBRARIES += %D%/libconf.a
%C%_libconf_a_SOURCES = \
	%D%/config.c %D%/config.h \
	%D%/describe.c %D%/describe.h \
	%D%/file.c %D%/file.h \
	%D%/keys.c %D%/keys.h
%C%_libconf_a_CPPFLAGS = $(AM_CPPFLAGS) $(INIH_CFLAGS)
