# tests/ctl - the command for people, against stores and daemons made up for it.
check_PROGRAMS += %D%/test_text
%C%_test_text_SOURCES = %D%/test_text.c tests/support/tap.h
%C%_test_text_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_text_LDADD = src/ctl/libctl.a $(BASE_LIBS)
TESTS += %D%/test_text

CTL_TEST_LIBS = src/ctl/libctl.a src/store/libstore.a src/core/libcore.a src/conf/libconf.a $(BASE_LIBS) \
	$(SQLITE_LIBS) $(INIH_LIBS)

check_PROGRAMS += %D%/test_filter
%C%_test_filter_SOURCES = %D%/test_filter.c tests/support/tap.h
%C%_test_filter_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_filter_LDADD = $(CTL_TEST_LIBS)
TESTS += %D%/test_filter

check_PROGRAMS += %D%/test_given
%C%_test_given_SOURCES = %D%/test_given.c tests/support/tap.h
%C%_test_given_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_given_LDADD = $(CTL_TEST_LIBS)
TESTS += %D%/test_given

check_PROGRAMS += %D%/test_lines
%C%_test_lines_SOURCES = %D%/test_lines.c tests/support/tap.h
%C%_test_lines_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_lines_LDADD = $(CTL_TEST_LIBS)
TESTS += %D%/test_lines

check_PROGRAMS += %D%/test_plain
%C%_test_plain_SOURCES = %D%/test_plain.c tests/support/tap.h
%C%_test_plain_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_plain_LDADD = $(CTL_TEST_LIBS)
TESTS += %D%/test_plain

check_PROGRAMS += %D%/on_pty
%C%_on_pty_SOURCES = %D%/on_pty.c
%C%_on_pty_LDADD = $(BASE_LIBS)

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
