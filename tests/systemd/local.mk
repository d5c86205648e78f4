# tests/systemd - the service as systemd runs it, in a systemd booted for each test; skipped where none can be.
SYSTEMD_TESTS = \
	%D%/100-service.sh \
	%D%/110-sockets.sh \
	%D%/120-reload.sh \
	%D%/130-watchdog.sh
TESTS += $(SYSTEMD_TESTS)
EXTRA_DIST += $(SYSTEMD_TESTS) %D%/boot.sh %D%/booted.sh
