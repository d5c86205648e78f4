# tests/daemon - command line, signals, systemd's side, and the control socket.
DAEMON_TESTS = %D%/test_about %D%/test_control %D%/test_notify %D%/test_options %D%/test_signals %D%/test_stages %D%/test_watchdog
check_PROGRAMS += $(DAEMON_TESTS)
TESTS += $(DAEMON_TESTS)
DAEMON_TEST_LIBS = src/daemon/libdaemon.a src/pipe/libpipe.a src/net/libnet.a src/work/libwork.a \
	src/store/libstore.a src/core/libcore.a src/conf/libconf.a $(BASE_LIBS) \
	$(EVENT_LIBS) $(SQLITE_LIBS) $(INIH_LIBS)

%C%_test_control_SOURCES = %D%/test_control.c tests/net/endpoint_talk.h tests/support/tap.h
%C%_test_control_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_control_LDADD = $(DAEMON_TEST_LIBS)

%C%_test_about_SOURCES = %D%/test_about.c tests/support/tap.h
%C%_test_about_LDADD = $(DAEMON_TEST_LIBS)
%C%_test_notify_SOURCES = %D%/test_notify.c tests/support/tap.h
%C%_test_notify_LDADD = $(DAEMON_TEST_LIBS)
%C%_test_options_SOURCES = %D%/test_options.c tests/support/tap.h
%C%_test_options_LDADD = $(DAEMON_TEST_LIBS)
%C%_test_signals_SOURCES = %D%/test_signals.c tests/support/tap.h
%C%_test_signals_LDADD = $(DAEMON_TEST_LIBS)
%C%_test_stages_SOURCES = %D%/test_stages.c tests/support/tap.h
%C%_test_stages_LDADD = $(DAEMON_TEST_LIBS)
%C%_test_watchdog_SOURCES = %D%/test_watchdog.c tests/support/tap.h
%C%_test_watchdog_LDADD = $(DAEMON_TEST_LIBS)

check_PROGRAMS += %D%/test_dump
TESTS += %D%/test_dump
%C%_test_dump_SOURCES = %D%/test_dump.c tests/support/tap.h
%C%_test_dump_LDADD = $(DAEMON_TEST_LIBS)

check_PROGRAMS += %D%/test_control_health %D%/test_control_orders
TESTS += %D%/test_control_health %D%/test_control_orders
%C%_test_control_health_SOURCES = %D%/test_control_health.c tests/support/tap.h
%C%_test_control_health_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_control_health_LDADD = $(DAEMON_TEST_LIBS)
%C%_test_control_orders_SOURCES = %D%/test_control_orders.c tests/support/tap.h
%C%_test_control_orders_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_control_orders_LDADD = $(DAEMON_TEST_LIBS)

check_PROGRAMS += %D%/test_metrics
TESTS += %D%/test_metrics
%C%_test_metrics_SOURCES = %D%/test_metrics.c tests/net/http_talk.h tests/net/endpoint_talk.h tests/support/tap.h
%C%_test_metrics_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_metrics_LDADD = $(DAEMON_TEST_LIBS)

check_PROGRAMS += %D%/test_page_newest
TESTS += %D%/test_page_newest
%C%_test_page_newest_SOURCES = %D%/test_page_newest.c tests/support/tap.h
%C%_test_page_newest_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_page_newest_LDADD = $(DAEMON_TEST_LIBS)

check_PROGRAMS += %D%/test_control_rates
TESTS += %D%/test_control_rates
%C%_test_control_rates_SOURCES = %D%/test_control_rates.c tests/net/endpoint_talk.h tests/support/tap.h
%C%_test_control_rates_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_control_rates_LDADD = $(DAEMON_TEST_LIBS)
