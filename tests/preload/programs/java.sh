# SPDX-License-Identifier: BSD-3-Clause
# needs: java
java -Xmx64m -version
