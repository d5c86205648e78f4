# systemd - units and the daemon's user, with the paths of this configuration in them.
EXTRA_DIST += %D%/catchbasind.service.in %D%/catchbasind.socket %D%/catchbasin.sysusers

# ConfigurationDirectory= means /etc and nothing else.
CB_UNIT_EDIT = $(SED) -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@bindir[@]|$(bindir)|g' -e 's|@sysconfdir[@]|$(sysconfdir)|g' \
	-e "$$(test '$(sysconfdir)' = /etc || echo '/^ConfigurationDirectory=/d')"

%D%/catchbasind.service: %D%/catchbasind.service.in Makefile
	$(AM_V_at)$(MKDIR_P) %D%
	$(AM_V_GEN)$(CB_UNIT_EDIT) $(srcdir)/%D%/catchbasind.service.in > $@.new && mv $@.new $@

CLEANFILES += %D%/catchbasind.service

if WITH_UNITS
nodist_systemdsystemunit_DATA = %D%/catchbasind.service
dist_systemdsystemunit_DATA = %D%/catchbasind.socket

install-sysusers:
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)'
	$(INSTALL_DATA) $(srcdir)/%D%/catchbasin.sysusers '$(DESTDIR)$(sysusersdir)/catchbasin.conf'
uninstall-sysusers:
	rm -f '$(DESTDIR)$(sysusersdir)/catchbasin.conf'
else
check_DATA = %D%/catchbasind.service

install-sysusers:
uninstall-sysusers:
endif
.PHONY: install-sysusers uninstall-sysusers
