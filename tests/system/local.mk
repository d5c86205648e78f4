# tests/system - the programs as users drive them: sockets, signals, sqlite3.
SYSTEM_TESTS = \
	%D%/100-first-steps.sh \
	%D%/110-listeners.sh \
	%D%/120-exit-codes.sh \
	%D%/130-log.sh \
	%D%/140-reload.sh \
	%D%/150-inherited.sh \
	%D%/160-notify.sh \
	%D%/200-million.sh \
	%D%/210-datagrams.sh \
	%D%/220-order.sh \
	%D%/230-two-stores.sh \
	%D%/240-full-queue.sh \
	%D%/250-full-disk.sh \
	%D%/251-min-free.sh \
	%D%/252-long-reader.sh \
	%D%/254-retention.sh \
	%D%/260-corrupt.sh \
	%D%/300-stop-any-time.sh \
	%D%/310-stop-mid-stream.sh \
	%D%/320-kill.sh \
	%D%/330-stop-early.sh \
	%D%/340-stop-locked.sh \
	%D%/350-slow-disk.sh \
	%D%/360-signals.sh \
	%D%/400-ack.sh \
	%D%/410-losses.sh \
	%D%/420-emfile.sh \
	%D%/430-clients.sh \
	%D%/440-std-descriptors.sh \
	%D%/450-idle.sh \
	%D%/500-ctl.sh \
	%D%/510-ctl-read.sh \
	%D%/511-ctl-orders.sh \
	%D%/512-ctl-send.sh \
	%D%/513-ctl-crowd.sh \
	%D%/514-ctl-screen.sh \
	%D%/515-ctl-manual.sh \
	%D%/516-ctl-tail-pruned.sh \
	%D%/520-metrics.sh \
	%D%/521-http.sh
TESTS += $(SYSTEM_TESTS)
EXTRA_DIST += $(SYSTEM_TESTS) %D%/keeping.sh %D%/patience.sh %D%/store.sh

# The same campaigns at length: an hour, not minutes.
.PHONY: reliability
reliability: all
	STOPS=500 KILLS=1000 DIAGNOSE_REPLAYS=1000 RESTARTS=50 HUPS=500 SLOW_SECONDS=570 TEST_LIMIT=1200 \
		$(MAKE) $(AM_MAKEFLAGS) check \
		TESTS='%D%/300-stop-any-time.sh %D%/310-stop-mid-stream.sh %D%/320-kill.sh %D%/330-stop-early.sh \
			tests/diag/test_diagnose.sh $(SYSTEMD_TESTS)'
