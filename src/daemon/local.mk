# daemon - who we are to the system: options, stages, signals, systemd, the control socket.
noinst_LIBRARIES += %D%/libdaemon.a
%C%_libdaemon_a_SOURCES = \
	%D%/about.c %D%/about.h \
	%D%/control.c %D%/control.h %D%/control_books.c \
	%D%/control_access.c %D%/control_access.h \
	%D%/control_drain.c %D%/control_drain.h \
	%D%/control_dump.c \
	%D%/control_health.c %D%/control_health.h \
	%D%/control_metrics.c %D%/control_metrics.h \
	%D%/control_orders.c %D%/control_orders.h \
	%D%/control_process.c %D%/control_process.h \
	%D%/control_rates.c %D%/control_rates.h \
	%D%/control_stats.c %D%/control_status.c \
	%D%/control_verbs.c %D%/control_verbs.h \
	%D%/daemon.h \
	%D%/dump.c %D%/dump.h \
	%D%/notify.c %D%/notify.h \
	%D%/loglevel.c %D%/loglevel.h \
	%D%/options.c %D%/options.h \
	%D%/orders.c \
	%D%/reload.c \
	%D%/serve.c \
	%D%/signals.c %D%/signals.h \
	%D%/stages.c %D%/stages.h \
	%D%/watchdog.c %D%/watchdog.h
%C%_libdaemon_a_CPPFLAGS = $(AM_CPPFLAGS) $(SYSTEMD_CFLAGS) $(JANSSON_CFLAGS)

sbin_PROGRAMS += catchbasind
catchbasind_SOURCES = src/main.c
catchbasind_LDADD = src/daemon/libdaemon.a src/diag/libdiag.a src/pipe/libpipe.a src/net/libnet.a src/work/libwork.a \
	src/store/libstore.a src/core/libcore.a src/conf/libconf.a $(BASE_LIBS) \
	$(EVENT_LIBS) $(SQLITE_LIBS) $(INIH_LIBS)
