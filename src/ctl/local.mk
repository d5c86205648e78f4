# ctl - the catchbasin command: reads stores, talks to a running daemon.
noinst_LIBRARIES += %D%/libctl.a
%C%_libctl_a_SOURCES = \
	%D%/ask.c %D%/ask.h \
	%D%/audit.c \
	%D%/ctl.h \
	%D%/look.c %D%/look.h \
	%D%/loss.c \
	%D%/memory.h \
	%D%/options.c %D%/options.h \
	%D%/places.c %D%/places.h \
	%D%/run.c %D%/run.h \
	%D%/status.c \
	%D%/table.c \
	%D%/text.c %D%/text.h \
	%D%/verbs.c
%C%_libctl_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)

bin_PROGRAMS += catchbasin
catchbasin_SOURCES = %D%/main.c
catchbasin_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
catchbasin_LDADD = src/ctl/libctl.a src/store/libstore.a src/core/libcore.a src/conf/libconf.a $(BASE_LIBS) \
	$(SQLITE_LIBS) $(INIH_LIBS)
