# script - build and run, build and test: each with one command.
EXTRA_DIST += %D%/common.sh %D%/run %D%/test %D%/unpack
