# ctl - the catchbasin command: reads stores, talks to a running daemon.
bin_PROGRAMS += catchbasin
catchbasin_SOURCES = \
	%D%/main.c
catchbasin_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
catchbasin_LDADD = src/store/libstore.a src/core/libcore.a src/conf/libconf.a $(BASE_LIBS) $(SQLITE_LIBS) $(INIH_LIBS)
