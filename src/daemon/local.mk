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
	%D%/control_metrics_store.c %D%/control_metrics_store.h \
	%D%/control_orders.c %D%/control_orders.h \
	%D%/control_process.c %D%/control_process.h \
	%D%/control_rates.c %D%/control_rates.h \
	%D%/control_stats.c %D%/control_status.c \
	%D%/control_verbs.c %D%/control_verbs.h \
	%D%/daemon.h \
	%D%/dump.c %D%/dump.h \
	%D%/health.c \
	%D%/metrics.c %D%/metrics.h %D%/metrics_impl.h %D%/metrics_routes.c \
	%D%/notify.c %D%/notify.h \
	%D%/loglevel.c %D%/loglevel.h \
	%D%/options.c %D%/options.h \
	%D%/orders.c \
	%D%/page.c %D%/page_newest.c %D%/page_newest.h %D%/page_status.c \
	%D%/reload.c \
	%D%/serve.c \
	%D%/signals.c %D%/signals.h \
	%D%/stages.c %D%/stages.h \
	%D%/watchdog.c %D%/watchdog.h
%C%_libdaemon_a_CPPFLAGS = $(AM_CPPFLAGS) $(SYSTEMD_CFLAGS) $(JANSSON_CFLAGS)

# The status page, as C.
nodist_%C%_libdaemon_a_SOURCES = %D%/page_text.c
STATUS_PAGE = %D%/page/page.html %D%/page/page.css %D%/page/page.js
EXTRA_DIST += %D%/page/table.awk $(STATUS_PAGE)
CLEANFILES += %D%/page_text.c
%D%/page_text.c: %D%/page/table.awk $(STATUS_PAGE)
	$(AM_V_at)$(MKDIR_P) %D%
	$(AM_V_GEN)cd $(srcdir) && $(AWK) -f %D%/page/table.awk $(STATUS_PAGE) > $(abs_builddir)/$@.tmp
	$(AM_V_at)mv $@.tmp $@

sbin_PROGRAMS += catchbasind
catchbasind_SOURCES = src/main.c
catchbasind_LDADD = src/daemon/libdaemon.a src/diag/libdiag.a src/pipe/libpipe.a src/net/libnet.a src/work/libwork.a \
	src/store/libstore.a src/core/libcore.a src/conf/libconf.a $(BASE_LIBS) \
	$(EVENT_LIBS) $(SQLITE_LIBS) $(INIH_LIBS)
