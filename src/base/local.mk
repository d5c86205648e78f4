# base - errors, log, clock, numbers, and the one door to threads.
noinst_LIBRARIES += %D%/libbase.a
%C%_libbase_a_SOURCES = \
	%D%/addr.c %D%/addr.h \
	%D%/attr.h \
	%D%/clock.c %D%/clock.h \
	%D%/counter.h \
	%D%/err.c %D%/err.h \
	%D%/json.h \
	%D%/log.c %D%/log.h \
	%D%/mem.c %D%/mem.h \
	%D%/parse.c %D%/parse.h \
	%D%/sync.c %D%/sync.h \
	%D%/sync_more.c %D%/sync_more.h
%C%_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(SYSTEMD_CFLAGS) $(JANSSON_CFLAGS)
BASE_LIBS = src/base/libbase.a $(SYSTEMD_LIBS) $(JANSSON_LIBS)
