#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs a suite that holds for every backend with a library of another package.

usage: run_suite.py LIBRARY SUITE   (LIBRARY: see where.py)
"""
import os
import sys

import where

NAME, SUITE = sys.argv[1:]
backend = where.library(NAME)
if not backend:
    print(f"not installed: {where.PACKAGES[NAME]}")
    sys.exit(77)
env = {"ZMALLOC_BACKEND": backend, "GLIBC_TUNABLES": "glibc.rtld.optional_static_tls=65536"}
os.execve(SUITE, [SUITE], os.environ | env)
