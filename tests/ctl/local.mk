# tests/ctl - the command for people, against stores and daemons made up for it.
check_PROGRAMS += %D%/test_text
%C%_test_text_SOURCES = %D%/test_text.c tests/support/tap.h
%C%_test_text_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_text_LDADD = src/ctl/libctl.a $(BASE_LIBS)
TESTS += %D%/test_text

check_PROGRAMS += %D%/make_store
%C%_make_store_SOURCES = %D%/make_store.c tests/store/bench.c tests/store/bench.h
%C%_make_store_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/store $(SQLITE_CFLAGS)
%C%_make_store_LDADD = src/store/libstore.a src/core/libcore.a $(BASE_LIBS) $(SQLITE_LIBS)

check_PROGRAMS += %D%/fake_daemon
%C%_fake_daemon_SOURCES = %D%/fake_daemon.c
%C%_fake_daemon_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_fake_daemon_LDADD = src/net/libnet.a src/core/libcore.a $(BASE_LIBS) $(EVENT_LIBS)

dist_check_SCRIPTS += %D%/test_options.sh %D%/test_file.sh %D%/test_daemon.sh
TESTS += %D%/test_options.sh %D%/test_file.sh %D%/test_daemon.sh
EXTRA_DIST += %D%/lib.sh
