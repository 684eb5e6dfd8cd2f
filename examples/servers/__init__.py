"""Redis and Valkey on zmalloc: what examples/redis/redis.py and examples/valkey/valkey.py have in common.

An unpacked source tree is copied twice, "stock" and "ours". In ours the allocation layer gives way to our headers
and a glue of a few lines; both are built, and can be shown, tested and measured beside one another.

SPDX-License-Identifier: BSD-3-Clause
"""
