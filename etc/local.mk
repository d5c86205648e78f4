# etc - the sample configuration; what somebody has edited stays.
EXTRA_DIST += %D%/catchbasin.conf

CB_CONFDIR = $(sysconfdir)/catchbasin

install-data-local: install-sysusers
	$(MKDIR_P) '$(DESTDIR)$(CB_CONFDIR)/catchbasin.conf.d'
	if test -e '$(DESTDIR)$(CB_CONFDIR)/catchbasin.conf'; then \
		echo 'keeping $(DESTDIR)$(CB_CONFDIR)/catchbasin.conf'; \
	else \
		$(INSTALL_DATA) $(srcdir)/%D%/catchbasin.conf '$(DESTDIR)$(CB_CONFDIR)/catchbasin.conf'; \
	fi

uninstall-local: uninstall-sysusers
	if cmp -s $(srcdir)/%D%/catchbasin.conf '$(DESTDIR)$(CB_CONFDIR)/catchbasin.conf'; then \
		rm -f '$(DESTDIR)$(CB_CONFDIR)/catchbasin.conf'; \
	fi
	-rmdir '$(DESTDIR)$(CB_CONFDIR)/catchbasin.conf.d' '$(DESTDIR)$(CB_CONFDIR)' 2> /dev/null
