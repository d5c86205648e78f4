#!/usr/bin/env bash
# Where the time of a message goes.
