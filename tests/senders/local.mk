# tests/senders - programs of others that send: the table of the README and docs/senders.md, word by word.
SENDERS_TESTS = \
	%D%/100-table.sh \
	%D%/200-restarts.sh \
	%D%/300-journal.sh
TESTS += $(SENDERS_TESTS)
EXTRA_DIST += $(SENDERS_TESTS) %D%/lib.sh %D%/table.awk %D%/compare.py %D%/expected.py %D%/log.py %D%/wire.py \
	docs/senders.md

# Programs that were fetched for them.
distclean-local: distclean-senders
.PHONY: distclean-senders
distclean-senders:
	-rm -rf %D%/packages
