# SPDX-License-Identifier: BSD-3-Clause
# needs: cmake
cmake --version
cat >script.cmake <<'END'
set(all "")
foreach(i RANGE 3000)
  list(APPEND all "item ${i}")
endforeach()
list(SORT all)
string(SHA256 hash "${all}")
list(LENGTH all length)
execute_process(COMMAND echo child OUTPUT_VARIABLE out OUTPUT_STRIP_TRAILING_WHITESPACE)
message(STATUS "${length} ${hash} ${out}")
END
cmake -P script.cmake
