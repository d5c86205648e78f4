# tests/web - the status page in a real browser, and a lint of the metrics.
dist_check_SCRIPTS += %D%/test_page.sh
TESTS += %D%/test_page.sh
EXTRA_DIST += %D%/browse.py %D%/page.py %D%/promlint.awk
