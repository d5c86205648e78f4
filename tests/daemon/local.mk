# tests/daemon

check_PROGRAMS += %D%/test_control
%C%_test_control_SOURCES = %D%/test_control.c tests/net/endpoint_talk.h tests/support/tap.h
%C%_test_control_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_control_LDADD = src/daemon/libdaemon.a src/pipe/libpipe.a src/net/libnet.a src/work/libwork.a \
	src/store/libstore.a src/core/libcore.a src/conf/libconf.a $(BASE_LIBS) \
	$(EVENT_LIBS) $(SQLITE_LIBS) $(INIH_LIBS)
TESTS += %D%/test_control
