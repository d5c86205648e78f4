# ctl - the catchbasin command: reads stores, talks to a running daemon.
noinst_LIBRARIES += %D%/libctl.a
%C%_libctl_a_SOURCES = \
	%D%/ask.c %D%/ask.h \
	%D%/audit.c \
	%D%/burst.c %D%/burst.h \
	%D%/completion.c \
	%D%/ctl.h \
	%D%/doctor.c %D%/doctor.h \
	%D%/doctor_disk.c \
	%D%/doctor_limits.c \
	%D%/doctor_ports.c \
	%D%/export.c \
	%D%/filter.c %D%/filter.h \
	%D%/find.c %D%/find.h \
	%D%/given.c %D%/given.h \
	%D%/lines.c %D%/lines.h \
	%D%/look.c %D%/look.h \
	%D%/loss.c \
	%D%/losses.c %D%/losses.h \
	%D%/memory.h \
	%D%/options.c %D%/options.h \
	%D%/order.c \
	%D%/places.c %D%/places.h \
	%D%/plain.c %D%/plain.h \
	%D%/query.c \
	%D%/rows.c %D%/rows.h \
	%D%/run.c %D%/run.h \
	%D%/screen.c %D%/screen.h \
	%D%/send.c \
	%D%/spool.c %D%/spool.h \
	%D%/stats.c \
	%D%/status.c \
	%D%/table.c \
	%D%/tail.c \
	%D%/target.c %D%/target.h \
	%D%/text.c %D%/text.h \
	%D%/top.c \
	%D%/verbs.c
%C%_libctl_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)

bin_PROGRAMS += catchbasin
catchbasin_SOURCES = %D%/main.c
catchbasin_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
catchbasin_LDADD = src/ctl/libctl.a src/store/libstore.a src/core/libcore.a src/conf/libconf.a $(BASE_LIBS) \
	$(SQLITE_LIBS) $(INIH_LIBS)

# Shells complete it, as the program itself says, which a cross compiler's cannot.
if !CROSS_COMPILING
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
nodist_bashcompletion_DATA = %D%/completion/catchbasin
nodist_zshcompletion_DATA = %D%/completion/_catchbasin
nodist_fishcompletion_DATA = %D%/completion/catchbasin.fish
CLEANFILES += $(nodist_bashcompletion_DATA) $(nodist_zshcompletion_DATA) $(nodist_fishcompletion_DATA)

%D%/completion/catchbasin: catchbasin$(EXEEXT)
	$(AM_V_at)$(MKDIR_P) %D%/completion
	$(AM_V_GEN)./catchbasin$(EXEEXT) completion bash > $@.tmp && mv $@.tmp $@
%D%/completion/_catchbasin: catchbasin$(EXEEXT)
	$(AM_V_at)$(MKDIR_P) %D%/completion
	$(AM_V_GEN)./catchbasin$(EXEEXT) completion zsh > $@.tmp && mv $@.tmp $@
%D%/completion/catchbasin.fish: catchbasin$(EXEEXT)
	$(AM_V_at)$(MKDIR_P) %D%/completion
	$(AM_V_GEN)./catchbasin$(EXEEXT) completion fish > $@.tmp && mv $@.tmp $@
endif
